import { PassThrough } from 'node:stream';
import { type Clock, systemClock } from '../util/clock';
import { type Connection, ConnectionError } from './connection';

/**
 * Holds the lock $1 while standard input brings a byte now and then; gives it up when the input ends or has been silent
 * for 30 s, so a holder whose machine or network is gone is no holder. $2: who, for the message to others.
 */
const hold = `mkdir -p -- "$(dirname -- "$1")" && exec 9<>"$1" || exit 1
if ! flock -n 9; then cat <&9; exit 75; fi
printf '%s\\n' "$2" >"$1"
echo held
while beat=$(timeout 30 head -c 1) && [ -n "$beat" ]; do :; done`;

const heartbeatMs = 5_000;

export interface LockOptions {
  clock?: Clock;
  /** Who holds it, shown to others. */
  holder: string;
  /** Milliseconds to wait for another holder to finish. @default 60000 */
  waitMs?: number;
  onWait?: (holder: string) => void;
}

/**
 * Runs `task` while this process alone may change the host. Another holder is waited for, then named in the error.
 * The kernel of the host keeps the lock, so a killed holder leaves none behind.
 */
export async function withHostLock<T>(
  connection: Connection,
  path: string,
  options: LockOptions,
  task: () => Promise<T>,
): Promise<T> {
  const clock = options.clock ?? systemClock;
  const deadline = clock.monotonic() + (options.waitMs ?? 60_000);
  for (;;) {
    const attempt = await tryHold(connection, path, options.holder, clock);
    if ('release' in attempt) {
      try {
        return await task();
      } finally {
        await attempt.release();
      }
    }
    if (clock.monotonic() >= deadline) {
      throw new ConnectionError(
        'timeout',
        `the host is being changed by another run (${attempt.heldBy}) and it did not finish in time. ` +
          'Wait for that run, or end it, and run again.',
      );
    }
    options.onWait?.(attempt.heldBy);
    await clock.sleep(500);
  }
}

type Attempt = { release: () => Promise<void> } | { heldBy: string };

function tryHold(connection: Connection, path: string, holder: string, clock: Clock): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const beats = new PassThrough();
    let said = '';
    let held = false;
    let ended: () => void = () => undefined;
    const over = new Promise<void>((done) => {
      ended = done;
    });
    const beat = () => {
      if (beats.writableEnded) return;
      beats.write('.');
      timer = clock.after(heartbeatMs, beat);
    };
    let timer = clock.after(heartbeatMs, beat);
    const release = async () => {
      timer.cancel();
      beats.end();
      await over;
    };
    connection
      .run(['sh', '-c', hold, 'sh', path, holder], {
        stdin: beats,
        onStdout: (chunk) => {
          said += chunk.toString();
          if (!held && said.includes('held\n')) {
            held = true;
            resolve({ release });
          }
        },
      })
      .then(
        (result) => {
          if (result.code === 75) resolve({ heldBy: said.trim() || 'unknown' });
          else if (!held) reject(new ConnectionError('broken', `locking ${path} failed: ${result.stderr.trim()}`));
        },
        (error: unknown) => {
          if (!held) reject(error);
        },
      )
      .finally(() => {
        timer.cancel();
        ended();
      });
  });
}
