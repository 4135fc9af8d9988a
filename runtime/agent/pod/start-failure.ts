import { EngineError } from '../../engine/engine';
import { ContainerConfigError } from '../spec/objects';
import { ImageError } from './image-puller';

/** What a failed start means for a container: what its status says, when to try again, which event tells of it. */
export interface StartFailure {
  waiting?: { reason: string; message: string };
  retryAt: number;
  event?: string;
}

/** The sandbox that a container was to join did not come up; it is told of itself. */
export class SandboxError extends Error {}

const configRetry = 10_000;
const engineRetry = 5_000;
const serverRetry = 2_000;
/** How long a status says that a pull failed before it says that the next waits. */
const pullFailedShown = 2_000;

/** undefined where a container was made and could not be started: that counts as one that ended. */
export function failureOf(error: unknown, now: number): StartFailure | undefined {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ImageError) {
    const { reason } = error;
    const retryAt = reason === 'ErrImagePull' ? Math.min(error.retryAt, now + pullFailedShown) : error.retryAt;
    return { waiting: { reason, message }, retryAt, event: reason === 'ImagePullBackOff' ? 'BackOff' : 'Failed' };
  }
  if (error instanceof SandboxError) return { retryAt: now };
  if (error instanceof ContainerConfigError) {
    const mount = error.reason === 'FailedMount';
    const reason = mount ? 'ContainerCreating' : error.reason;
    return { waiting: { reason, message }, retryAt: now + configRetry, event: mount ? 'FailedMount' : 'Failed' };
  }
  if (error instanceof EngineError) {
    if (error.code === 'start-failed') return undefined;
    if (error.code === 'unavailable') return { retryAt: now + serverRetry };
    return { waiting: { reason: 'CreateContainerError', message }, retryAt: now + engineRetry, event: 'Failed' };
  }
  if (error instanceof Error && error.name === 'UnreachableError')
    return { waiting: { reason: 'ContainerCreating', message }, retryAt: now + serverRetry, event: 'Failed' };
  return { waiting: { reason: 'CreateContainerConfigError', message }, retryAt: now + configRetry, event: 'Failed' };
}
