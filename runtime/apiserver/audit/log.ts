import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { AuditSink } from './auditor';
import type { LogFile, LogFolder } from './files';

export interface AuditLogOptions {
  folder: LogFolder;
  clock: Clock;
  logger: Logger;
  /** A file that would grow beyond this is put aside. @default 32 MiB */
  maxBytes?: number;
  /** How many files put aside are kept. @default 8 */
  maxBackups?: number;
  /** Files put aside are removed at this age; the current one is put aside when it is a day old. @default 30 days */
  maxAgeMs?: number;
  /** What waits to be written beyond this is dropped, and counted. @default 16 MiB */
  maxPendingBytes?: number;
}

const dayMs = 24 * 3600_000;
const syncMs = 5000;
const retryMs = 1000;
const turnsPerWrite = 8;

/** The annotation that the first record after a gap carries: how many were dropped. */
export const droppedAnnotation = 'audit.orlop.dev/dropped';

/**
 * The audit log on a disk. A request never waits for it: records are queued, and one write at a time takes all that
 * wait. What a write has handed to the kernel survives a killed process, so that a kill loses at most the records of
 * the requests that were answered while the last write was under way, or in the few turns of the event loop before it;
 * a loss of power, those of the last five seconds. While the disk is full or slow the queue fills, and beyond its bound
 * records are dropped: told by the process's own log, and by an annotation on the next record that is kept.
 */
export class AuditLog implements AuditSink {
  private pending: string[] = [];
  private pendingBytes = 0;
  private dropped = 0;
  private file: LogFile | undefined;
  private position = 0;
  private working: Promise<void> | undefined;
  private failing = false;
  private syncing: Timer | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly options: AuditLogOptions) {}

  /** What keeps records from being written; undefined while all is well. */
  get problem(): string | undefined {
    return this.failing ? 'the audit log cannot be written' : undefined;
  }

  write(line: string): void {
    const { maxPendingBytes = 16 * 1024 * 1024 } = this.options;
    if (this.closing.signal.aborted || this.pendingBytes + line.length > maxPendingBytes) {
      if (this.dropped++ === 0)
        this.options.logger.error({}, 'audit records are dropped: they come faster than written');
      return;
    }
    this.pending.push(this.dropped > 0 ? this.marked(line) : line);
    this.pendingBytes += line.length;
    this.working ??= this.work();
  }

  /** Resolves when everything that was written so far is in the kernel's hands. */
  async flushed(): Promise<void> {
    await this.working;
  }

  /** Writes what waits, as far as the disk takes it, and lets go of the file. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.working;
    this.syncing?.cancel();
    try {
      if (this.syncing) await this.file?.sync();
      await this.file?.close();
    } catch (error) {
      this.options.logger.error({ error: String(error) }, 'the audit log could not be closed');
    }
  }

  private async work(): Promise<void> {
    const { clock, logger } = this.options;
    while (this.pending.length > 0) {
      // A write costs as much as several records, so that those of a few turns of the loop go in one.
      for (let turn = 0; turn < turnsPerWrite; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      const lines = this.pending;
      const bytes = Buffer.from(lines.join(''));
      this.pending = [];
      try {
        await this.put(bytes);
        this.pendingBytes -= lines.reduce((sum, line) => sum + line.length, 0);
        if (this.failing) logger.info({}, 'the audit log is written again');
        this.failing = false;
      } catch (error) {
        this.pending = lines.concat(this.pending);
        if (!this.failing) logger.error({ error: String(error) }, 'the audit log cannot be written; it is tried again');
        this.failing = true;
        if (this.closing.signal.aborted) break;
        await clock.sleep(retryMs, this.closing.signal);
      }
    }
    this.working = undefined;
  }

  private async put(bytes: Buffer): Promise<void> {
    const { folder, maxBytes = 32 * 1024 * 1024, clock } = this.options;
    this.file ??= await this.open();
    const due = clock.now() - this.file.createdAt >= dayMs || this.position + bytes.length > maxBytes;
    if (this.position > 0 && due) {
      const { file } = this;
      // Whatever fails from here on, the next try begins by opening.
      this.file = undefined;
      await file.sync();
      await file.close();
      await folder.putAside(clock.now());
      this.file = await this.open();
      await this.prune();
    }
    await this.file.write(bytes, this.position);
    this.position += bytes.length;
    this.syncSoon();
  }

  private async open(): Promise<LogFile> {
    const file = await this.options.folder.open();
    this.position = file.size;
    return file;
  }

  private async prune(): Promise<void> {
    const { folder, maxBackups = 8, maxAgeMs = 30 * dayMs, clock } = this.options;
    const files = await folder.aside();
    const old = files.filter(({ at }, i) => i >= maxBackups || clock.now() - at > maxAgeMs);
    for (const { name } of old) await folder.remove(name);
  }

  private syncSoon(): void {
    this.syncing ??= this.options.clock.after(syncMs, () => {
      this.syncing = undefined;
      this.file?.sync().catch((error) => this.options.logger.error({ error: String(error) }, 'audit log: no sync'));
    });
  }

  private marked(line: string): string {
    const event = JSON.parse(line) as { annotations?: Record<string, string> };
    const annotations = { ...event.annotations, [droppedAnnotation]: String(this.dropped) };
    this.options.logger.error({ dropped: this.dropped }, 'audit records were dropped');
    this.dropped = 0;
    return `${JSON.stringify({ ...event, annotations })}\n`;
  }
}
