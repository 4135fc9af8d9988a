import type { Clock } from '../../../util/clock';
import { DiagnosticError } from '../../protocol/diagnostics';
import { type ContainerInfo, type DockerEngine, EngineError } from '../engine';
import type { ContainerState } from './create-body';
import { isRunning } from './observe';

/** How long a container must have stayed up to count as started, and how often its health is looked at. */
const settleMs = 100;
const healthPollMs = 500;

interface Starting {
  engine: DockerEngine;
  clock: Clock;
  signal: AbortSignal;
  progress(message: string): void;
}

/**
 * Starts a container and waits until it is as planned: up, and healthy if `wait` says so. @throws DiagnosticError saying
 * what stands in the way, with the end of its log if it exited
 */
export async function startContainer(id: string, planned: ContainerState, starting: Starting): Promise<ContainerInfo> {
  const { engine, clock, signal } = starting;
  try {
    await engine.startContainer(id);
  } catch (error) {
    throw startError(planned, error);
  }
  if (planned.must_run) await clock.sleep(settleMs, signal);
  const info = await inspect(engine, id, planned);
  if (planned.must_run && !isRunning(info)) {
    const log = await engine.containerLog(id, 20);
    throw new DiagnosticError(
      `Container "${planned.name}" exited at once with code ${info.State.ExitCode}`,
      `${log ? `Its last output:\n${log}\n\n` : 'It printed nothing. '}With must_run = false a container may end.`,
    );
  }
  return planned.wait ? await healthy(id, planned, starting) : info;
}

async function healthy(id: string, planned: ContainerState, starting: Starting): Promise<ContainerInfo> {
  const { engine, clock, signal, progress } = starting;
  const deadline = clock.monotonic() + Number(planned.wait_timeout) * 1000;
  for (;;) {
    const info = await inspect(engine, id, planned);
    const health = info.State.Health;
    if (!health) {
      throw new DiagnosticError(
        `Container "${planned.name}" has no health check to wait for`,
        'wait = true needs a healthcheck block, or an image with a HEALTHCHECK.',
        ['wait'],
      );
    }
    if (health.Status === 'healthy') return info;
    if (signal.aborted || clock.monotonic() >= deadline || !isRunning(info)) {
      const last = health.Log?.at(-1)?.Output?.trim();
      const why = signal.aborted ? 'the wait was interrupted' : `its health is "${health.Status}"`;
      throw new DiagnosticError(
        `Container "${planned.name}" did not get healthy within ${planned.wait_timeout} s: ${why}`,
        last ? `The health check last said:\n${last}` : 'The health check has not said anything yet.',
        ['wait'],
      );
    }
    progress(`container ${planned.name}: health is "${health.Status}"`);
    await clock.sleep(healthPollMs, signal);
  }
}

async function inspect(engine: DockerEngine, id: string, planned: ContainerState): Promise<ContainerInfo> {
  const info = await engine.inspectContainer(id);
  if (!info)
    throw new DiagnosticError(`Container "${planned.name}" is gone`, 'It was removed while it was being started.');
  return info;
}

function startError(planned: ContainerState, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const taken = /port is already allocated|address already in use/.test(error.message);
  if (!taken)
    return new DiagnosticError(`Cannot start container "${planned.name}"`, `The Engine says: ${error.message}`);
  const [, address = ''] = /(?:Bind for |listen (?:tcp|udp)\d? )([\d.:[\]a-f]+)/.exec(error.message) ?? [];
  return new DiagnosticError(
    `Cannot start container "${planned.name}": port ${address.replace(/:$/, '') || 'to publish'} is taken`,
    `Something else on the Engine's host listens there already. Choose another external port, or none to be given a free one. The Engine says: ${error.message}`,
    ['ports'],
  );
}
