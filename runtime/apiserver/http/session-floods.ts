import type { ServerHttp2Session } from 'node:http2';
import { constants } from 'node:http2';
import type { Clock } from '../../util/clock';

/** Frames that cost the server an answer and the client nothing, in one window of time. No real client comes near. */
const mostFrames = 500;
const windowMs = 10_000;

/**
 * Ends an HTTP/2 connection that floods the server with pings or settings, or with requests that it takes back. Node.js
 * itself ends one that floods it with empty frames or heads that do not end, or that reads none of the answers; of one
 * that takes its requests back it stops to serve new ones, but keeps the connection.
 */
export function endFloods(session: ServerHttp2Session, clock: Clock): void {
  let from = clock.monotonic();
  let frames = 0;
  const count = () => {
    const now = clock.monotonic();
    if (now - from > windowMs) {
      from = now;
      frames = 0;
    }
    frames++;
    if (frames > mostFrames && !session.destroyed) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };
  session.on('ping', count);
  session.on('remoteSettings', count);
  session.on('stream', (stream) => stream.once('aborted', count));
}
