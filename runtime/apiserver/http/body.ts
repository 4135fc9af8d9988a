import type { Readable } from 'node:stream';
import { StatusError } from '../../kube/status-error';

/** As in Kubernetes: 3 MiB. */
const maxBodyBytes = 3 * 1024 * 1024;

/** Reads a request's body. @throws StatusError 413 beyond 3 MiB; 400 when it breaks off. */
export function readBody(request: Readable & { headers: Record<string, unknown> }): Promise<Buffer> {
  const tooLarge = () => new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) {
        // What still comes is read and dropped, so that the answer reaches a client that is still sending.
        request.removeAllListeners('data');
        request.resume();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('aborted', () => reject(new StatusError('BadRequest', 'the request was broken off')));
    request.on('error', (error) =>
      reject(new StatusError('BadRequest', `the request was broken off: ${error.message}`)),
    );
  });
}
