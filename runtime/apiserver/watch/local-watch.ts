import type { WatchEvent } from '../../client/client';
import type { Kind } from '../../kube/kind';
import type { KubeObject } from '../../kube/object';
import { StatusError } from '../../kube/status-error';
import type { RegistryContext } from '../registry/context';
import { startWatch, type WatchOptions } from './watch';

/** A reader that falls behind by this many events is cut off; it lists again and goes on. */
const maxQueued = 100_000;

/** A watch as an iterable, for readers in this process. It ends when its time is up or the signal aborts. */
export async function* watchLocally<T extends KubeObject>(
  context: RegistryContext,
  kind: Kind,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<WatchEvent<T>> {
  const queue: Array<WatchEvent<T>> = [];
  let ended = false;
  let failure: StatusError | undefined;
  let wake: () => void = () => {};
  const push = (event: WatchEvent<T>) => {
    queue.push(event);
    if (queue.length > maxQueued) {
      ended = true;
      failure = new StatusError('Expired', `the watch fell behind by ${maxQueued} events`);
    }
    wake();
  };
  const end = (error?: StatusError) => {
    ended = true;
    failure = error;
    wake();
  };
  if (signal.aborted) return;
  const stop = await startWatch(context, kind, options, {
    event: (type, { object }) => push({ type, object: object as unknown as T }),
    bookmark: (object) => push({ type: 'BOOKMARK', object: object as unknown as T }),
    end,
  });
  const abort = () => end();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (signal.aborted) return;
      const batch = queue.splice(0);
      for (const event of batch) {
        yield event;
        if (signal.aborted) return;
      }
      if (queue.length > 0) continue;
      if (failure) throw failure;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', abort);
    stop();
  }
}
