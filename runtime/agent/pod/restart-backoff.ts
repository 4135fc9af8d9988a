import type { ContainerMemory } from './pod-state';

const initial = 10_000;
const longest = 300_000;
/** A container that ran so long since the last delay was set begins anew. */
const forgottenAfter = 2 * longest;

type Delay = ContainerMemory['backoff'];

/** When a container that ended at `endedAt` may be started again; undefined is now. The first restart never waits. */
export function restartAllowedAt(backoff: Delay, endedAt: number): number | undefined {
  if (!backoff || endedAt - backoff.at > forgottenAfter) return undefined;
  return endedAt + backoff.milliseconds;
}

/** The delay after the restart that happens now: 10 s, doubled up to 5 minutes. */
export function nextBackoff(backoff: Delay, endedAt: number, now: number): { milliseconds: number; at: number } {
  if (!backoff || endedAt - backoff.at > forgottenAfter) return { milliseconds: initial, at: now };
  return { milliseconds: Math.min(longest, backoff.milliseconds * 2), at: now };
}

/** `10s`, `2m40s`: a delay as Kubernetes' messages write it. */
export function formatDelay(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
