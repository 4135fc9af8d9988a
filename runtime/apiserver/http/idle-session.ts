import type { EventEmitter } from 'node:events';
import type { Clock, Timer } from '../../util/clock';

/** As in Kubernetes: how long an HTTP/2 connection may be without a request. */
const idleSessionMs = 90_000;

/** What is needed of a `ServerHttp2Session`; it tells of each stream, and a stream of its end. */
export interface IdleSession {
  readonly destroyed: boolean;
  on(event: 'stream', listener: (stream: Pick<EventEmitter, 'once'>) => void): unknown;
  close(): void;
}

/** Closes a connection that is without a request for too long. Returns what forgets it. */
export function closeWhenIdle(session: IdleSession, clock: Clock): () => void {
  const wait = () => clock.after(idleSessionMs, () => !session.destroyed && session.close());
  let idle: Timer = wait();
  let open = 0;
  session.on('stream', (stream) => {
    idle.cancel();
    open++;
    stream.once('close', () => {
      open--;
      if (open === 0 && !session.destroyed) idle = wait();
    });
  });
  return () => idle.cancel();
}
