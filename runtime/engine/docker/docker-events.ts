import type { Clock } from '../../util/clock';
import type { ContainerInfo, EngineEvent } from '../engine';
import { eventSubject, roleLabel } from './container-labels';
import type { DockerApi } from './docker-api';
import type { DockerEvent } from './docker-types';

const types: Record<string, EngineEvent['type']> = { start: 'start', die: 'exit', oom: 'oom', destroy: 'remove' };
const retryMilliseconds = 500;

/**
 * Follows the events of our containers until the signal aborts. After a break it asks for those since the last one
 * seen, and tells the state of each container, since an engine that was restarted has forgotten. One may come twice.
 */
export async function followEvents(
  api: DockerApi,
  clock: Clock,
  handler: (event: EngineEvent) => void,
  signal: AbortSignal,
  list: () => Promise<ContainerInfo[]>,
): Promise<void> {
  let since = (clock.now() / 1000).toFixed(3);
  let broken = false;
  while (!signal.aborted) {
    try {
      const filters = { type: ['container'], label: [roleLabel], event: Object.keys(types) };
      const response = await api.stream({
        path: '/events',
        query: { since, filters: JSON.stringify(filters) },
        signal,
      });
      if (broken) for (const info of await list()) if (info.state !== 'created') handler(eventOf(info));
      broken = false;
      for await (const line of lines(response)) {
        const event = JSON.parse(line) as DockerEvent;
        since = afterEvent(line, event);
        const type = types[event.Action];
        if (!type) continue;
        const exitCode = event.Actor.Attributes.exitCode;
        handler({
          type,
          id: event.Actor.ID,
          ...eventSubject(event.Actor.Attributes),
          exitCode: exitCode === undefined ? undefined : Number(exitCode),
        });
      }
    } catch {
      // The engine is away; asked again below.
    }
    broken = true;
    await clock.sleep(retryMilliseconds, signal);
  }
}

function eventOf({ id, podUid, name, state, exitCode }: ContainerInfo): EngineEvent {
  return { type: state === 'running' ? 'start' : 'exit', id, podUid, containerName: name, exitCode };
}

/** One nanosecond after an event, in the form that `since` takes. Nanoseconds do not fit a number: read as text. */
function afterEvent(line: string, event: DockerEvent): string {
  const text = /"timeNano":(\d+)/.exec(line)?.[1] ?? String(event.timeNano);
  const next = BigInt(text) + 1n;
  return `${next / 1_000_000_000n}.${String(next % 1_000_000_000n).padStart(9, '0')}`;
}

export async function* lines(stream: AsyncIterable<Buffer>): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim()) yield part;
  }
  if (rest.trim()) yield rest;
}
