import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** An open log file. Positions and sizes are bytes. */
export interface LogFile {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Writes all of it, in place of whatever follows `position`. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Until it returns, what was written does not survive a loss of power. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The folder of a log, as the log writes it. */
export interface LogFolder {
  /** Opens the current file, made where there is none; a line that a killed process left unfinished is cut off. */
  open(): Promise<LogFile>;
  /** Puts the current file aside under a name with this time in it. */
  putAside(at: number): Promise<void>;
  /** The files put aside, the newest first. */
  aside(): Promise<Array<{ name: string; at: number }>>;
  remove(name: string): Promise<void>;
}

/** Where to look for the beginning of an unfinished line; longer ones do not come. */
const maxLineBytes = 1024 * 1024;

/** A log at a path: `audit.log`, and beside it `audit-2026-01-31T12-00-00.000.log`. Modes 0600 and 0700. */
export class DiskLogFolder implements LogFolder {
  private readonly folder: string;
  private readonly stem: string;

  constructor(private readonly path: string) {
    this.folder = dirname(path);
    this.stem = basename(path).replace(/\.log$/, '');
  }

  async open(): Promise<LogFile> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const handle = await open(this.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const { size, birthtimeMs, mtimeMs } = await handle.stat();
      const whole = await endOfLastLine(handle, size);
      if (whole < size) await handle.truncate(whole);
      return new DiskLogFile(handle, whole, birthtimeMs || mtimeMs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async putAside(at: number): Promise<void> {
    const taken = new Set((await this.aside()).map((each) => each.at));
    let free = Math.floor(at);
    while (taken.has(free)) free++;
    await rename(this.path, join(this.folder, this.nameOf(free)));
  }

  async aside(): Promise<Array<{ name: string; at: number }>> {
    const prefix = `${this.stem}-`;
    const found = (await readdir(this.folder))
      .filter((name) => name.startsWith(prefix) && name.endsWith('.log'))
      .map((name) => ({ name, at: timeIn(name.slice(prefix.length, -4)) }));
    return found.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => b.at - a.at);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }

  private nameOf(at: number): string {
    return `${this.stem}-${new Date(at).toISOString().slice(0, -1).replaceAll(':', '-')}.log`;
  }
}

function timeIn(text: string): number {
  const found = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(text);
  return found ? Date.parse(`${found[1]}:${found[2]}:${found[3]}Z`) : Number.NaN;
}

async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const tail = Buffer.alloc(Math.min(size, maxLineBytes));
  const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
  const found = tail.subarray(0, bytesRead).lastIndexOf('\n');
  return found < 0 ? size - tail.length : size - tail.length + found + 1;
}

class DiskLogFile implements LogFile {
  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
    readonly createdAt: number,
  ) {}

  async write(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  sync(): Promise<void> {
    return this.handle.datasync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
