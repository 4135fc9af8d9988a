import { createHash, randomBytes } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { type Connection, ConnectionError, type RunResult } from './connection';

type Run = Connection['run'];
type UploadOptions = Parameters<Connection['upload']>[2];

/** A shell function that prints the sha256 of its standard input. OpenSSL, where it is there, takes a fifth of the time. */
export const hashProgram =
  'hash() { if command -v openssl >/dev/null; then openssl dgst -sha256 -r; else sha256sum; fi | cut -d" " -f1; }';

/** Takes standard input into a temporary file and prints its sha256. $1: the file. */
const receive = `${hashProgram}
umask 077
mkdir -p -- "$(dirname -- "$1")" && cat >"$1" && hash <"$1"`;

/** Moves a received file to its place. $1: temporary, $2: final, $3: mode. */
const commit = `chmod "$3" "$1" && { sync "$1" 2>/dev/null || sync; } && mv -f -- "$1" "$2"`;

/**
 * Writes a file through `run` alone: received under a temporary name beside it, its hash compared on both sides, then
 * synced and renamed. Nothing is left behind when it fails while the connection holds.
 */
export async function uploadThrough(
  run: Run,
  content: Readable | Uint8Array | string,
  path: string,
  options: UploadOptions,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const hash = createHash('sha256');
  let sent = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sent += chunk.length;
      options.onProgress?.(sent);
      done(null, chunk);
    },
  });
  const source = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
  // The source may fail before the channel that reads the meter is open.
  meter.on('error', () => undefined);
  source.on('error', (error) => meter.destroy(error));
  try {
    const received = await run(['sh', '-c', receive, 'sh', temporary], { stdin: source.pipe(meter) });
    if (source.errored) throw source.errored;
    refuse(received, path, options.sizeBytes);
    const [theirs] = received.stdout.split(/\s/);
    const ours = hash.digest('hex');
    if (theirs !== ours) {
      throw new ConnectionError(
        'broken',
        `upload of ${path}: sha256 is ${theirs} on the host, ${ours} here; try again`,
      );
    }
    if (options.sizeBytes !== undefined && options.sizeBytes !== sent) {
      throw new ConnectionError('broken', `upload of ${path}: the source gave ${sent} bytes of ${options.sizeBytes}`);
    }
    refuse(await run(['sh', '-c', commit, 'sh', temporary, path, options.mode.toString(8)]), path, options.sizeBytes);
  } catch (error) {
    await run(['rm', '-f', '--', temporary]).catch(() => undefined);
    throw source.errored ?? error;
  }
}

/** Turns a failed program's words into the error that names the cause. */
export function refuse(result: RunResult, path: string, sizeBytes?: number): void {
  if (result.code === 0) return;
  const said = result.stderr.trim() || `exit code ${result.code ?? result.signal ?? 'unknown'}`;
  const size = sizeBytes === undefined ? '' : ` (${sizeBytes} bytes)`;
  if (/No space left|Disk quota/i.test(said)) {
    throw new ConnectionError(
      'disk-full',
      `writing ${path}${size} failed: the host's disk is full. Free space and run again. (${said})`,
    );
  }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(said)) {
    throw new ConnectionError(
      'permission-denied',
      `writing ${path}${size} failed: ${said}. Connect as root or as a user who may run sudo without a password.`,
    );
  }
  throw new ConnectionError('broken', `writing ${path}${size} failed: ${said}`);
}

/** Reads a file through `run` alone. @throws ConnectionError */
export async function downloadThrough(run: Run, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const result = await run(['cat', '--', path], { onStdout: (chunk) => chunks.push(chunk) });
  if (result.code !== 0) throw new ConnectionError('broken', `reading ${path} failed: ${result.stderr.trim()}`);
  return Buffer.concat(chunks);
}
