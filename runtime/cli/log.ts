import pino from 'pino';
import type { Logger } from '../util/logger';

/** JSON lines on standard output, one an event. */
export function processLogger(level: string): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ sync: false }),
  ) as unknown as Logger;
}
