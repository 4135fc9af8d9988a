import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DiskLogFolder, type LogFile, type LogFolder } from '../../../runtime/apiserver/audit/files';
import { AuditLog, type AuditLogOptions, droppedAnnotation } from '../../../runtime/apiserver/audit/log';
import { FakeClock } from '../../../runtime/util/fake-clock';
import { type Logger, silentLogger } from '../../../runtime/util/logger';

/** A folder in memory whose disk can be full or slow. */
class FakeFolder implements LogFolder {
  current = Buffer.alloc(0);
  put: Array<{ name: string; at: number; text: string }> = [];
  /** Bytes that still fit on the disk. */
  space = Infinity;
  /** Writes wait for this. */
  ready: Promise<void> = Promise.resolve();
  writes = 0;
  syncs = 0;

  constructor(private readonly clock: FakeClock) {}

  async open(): Promise<LogFile> {
    return {
      size: this.current.length,
      createdAt: this.clock.now(),
      write: async (bytes, position) => {
        this.writes++;
        await this.ready;
        const fits = Math.min(bytes.length, this.space);
        this.current = Buffer.concat([this.current.subarray(0, position), bytes.subarray(0, fits)]);
        if (fits < bytes.length) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      },
      sync: async () => {
        this.syncs++;
      },
      close: async () => {},
    };
  }

  async putAside(at: number): Promise<void> {
    this.put.unshift({ name: String(at), at, text: this.current.toString() });
    this.current = Buffer.alloc(0);
  }

  async aside() {
    return this.put;
  }

  async remove(name: string): Promise<void> {
    this.put = this.put.filter((each) => each.name !== name);
  }

  get lines(): string[] {
    return this.current.toString().split('\n').slice(0, -1);
  }
}

const clock = new FakeClock();
let folder: FakeFolder;
let said: string[];

function logOf(options: Partial<AuditLogOptions> = {}): AuditLog {
  const say = (_fields: object, message: string) => said.push(message);
  const logger: Logger = { ...silentLogger, error: say, info: say };
  return new AuditLog({ folder, clock, logger, ...options });
}

beforeEach(() => {
  folder = new FakeFolder(clock);
  said = [];
});

it('writes what comes in one turn at once, and what comes meanwhile after it', async () => {
  const log = logOf();
  for (let i = 0; i < 100; i++) log.write(`${i}\n`);
  await log.flushed();
  expect(folder.writes).toBe(1);
  expect(folder.lines).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
});

it('a restart goes on where the file ends', async () => {
  const first = logOf();
  first.write('a\n');
  await first.close();
  const second = logOf();
  second.write('b\n');
  await second.close();
  expect(folder.lines).toEqual(['a', 'b']);
});

it('puts a file aside before it grows too large, and keeps so many', async () => {
  const log = logOf({ maxBytes: 10, maxBackups: 2 });
  for (const text of ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd']) {
    log.write(`${text}\n`);
    await log.flushed();
    await clock.advance(1000);
  }
  expect(folder.lines).toEqual(['dddddd']);
  expect(folder.put.map(({ text }) => text)).toEqual(['cccccc\n', 'bbbbbb\n']);
});

it('puts a file aside when it is a day old, and removes what is too old', async () => {
  const log = logOf({ maxAgeMs: 36 * 3600_000 });
  for (const text of ['a', 'b', 'c']) {
    log.write(`${text}\n`);
    await log.flushed();
    await clock.advance(24 * 3600_000);
  }
  expect(folder.put.map(({ text }) => text)).toEqual(['b\n', 'a\n']);
  log.write('d\n');
  await log.flushed();
  expect(folder.put.map(({ text }) => text)).toEqual(['c\n', 'b\n']);
});

it('brings records to the disk itself within five seconds, and rests while there are none', async () => {
  const log = logOf();
  log.write('a\n');
  log.write('b\n');
  await log.flushed();
  expect(folder.syncs).toBe(0);
  await clock.advance(5000);
  expect(folder.syncs).toBe(1);
  await clock.advance(60_000);
  expect(folder.syncs).toBe(1);
  expect(clock.waiting).toBe(0);
});

describe('a full disk', () => {
  it('keeps records back and writes them, each once and whole, when there is space again', async () => {
    const log = logOf();
    folder.space = 3;
    log.write('first\n');
    await clock.advance(0);
    log.write('second\n');
    await clock.advance(1000);
    expect(log.problem).toBe('the audit log cannot be written');
    expect(said).toEqual(['the audit log cannot be written; it is tried again']);
    folder.space = Infinity;
    await clock.advance(1000);
    expect(folder.lines).toEqual(['first', 'second']);
    expect(log.problem).toBeUndefined();
    expect(said.at(-1)).toBe('the audit log is written again');
  });

  it('beyond a bound drops the newest, says so, and marks the gap', async () => {
    const line = (n: number) => `${JSON.stringify({ kind: 'Event', n })}\n`;
    const log = logOf({ maxPendingBytes: 2 * line(0).length });
    folder.space = 0;
    for (let n = 0; n < 5; n++) log.write(line(n));
    await clock.advance(0);
    folder.space = Infinity;
    await clock.advance(1000);
    log.write(line(5));
    await log.flushed();
    expect(folder.lines.map((text) => JSON.parse(text))).toEqual([
      { kind: 'Event', n: 0 },
      { kind: 'Event', n: 1 },
      { kind: 'Event', n: 5, annotations: { [droppedAnnotation]: '3' } },
    ]);
    expect(said).toContain('audit records are dropped: they come faster than written');
    expect(said).toContain('audit records were dropped');
  });

  it('does not keep the server from stopping', async () => {
    const log = logOf();
    folder.space = 0;
    log.write('a\n');
    await clock.advance(0);
    await log.close();
    expect(said[0]).toBe('the audit log cannot be written; it is tried again');
  });
});

it('a slow disk holds nobody up, and holds a bounded amount in memory', async () => {
  const log = logOf({ maxPendingBytes: 100 });
  let done = () => {};
  folder.ready = new Promise((resolve) => (done = resolve));
  const line = `${JSON.stringify({ text: 'x'.repeat(20) })}\n`;
  for (let i = 0; i < 1000; i++) log.write(line);
  await clock.advance(0);
  expect(folder.lines).toEqual([]);
  done();
  await log.flushed();
  expect(folder.lines).toHaveLength(Math.floor(100 / line.length));
});

describe('on a disk', () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'orlop-audit-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  const open = (options: Partial<AuditLogOptions> = {}) =>
    logOf({ folder: new DiskLogFolder(join(path, 'log', 'audit.log')), ...options });

  it('only its owner reads it, and files put aside carry their time in their names', async () => {
    const log = open({ maxBytes: 10 });
    for (const text of ['aaaaaaaa\n', 'bbbbbbbb\n', 'cccccccc\n']) {
      log.write(text);
      await log.flushed();
    }
    await log.close();
    const names = readdirSync(join(path, 'log')).sort();
    expect(names).toEqual([
      expect.stringMatching(/^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/),
      expect.stringMatching(/^audit-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log$/),
      'audit.log',
    ]);
    expect(statSync(join(path, 'log', 'audit.log')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(path, 'log', names[0] as string), 'utf8')).toBe('aaaaaaaa\n');
  });

  it('a line that was cut by a crash is not carried on', async () => {
    const first = open();
    first.write('{"whole":1}\n');
    await first.close();
    appendFileSync(join(path, 'log', 'audit.log'), '{"kind":"Ev');
    const second = open();
    second.write('{"whole":2}\n');
    await second.close();
    expect(readFileSync(join(path, 'log', 'audit.log'), 'utf8')).toBe('{"whole":1}\n{"whole":2}\n');
  });

  it('what was written before a kill is there after it', async () => {
    const written = await new Promise<string[]>((resolve, reject) => {
      const script = join(__dirname, 'log-writer-process.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', script, join(path, 'log', 'audit.log')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const seen: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => {
        seen.push(line);
        if (seen.length === 200) child.kill('SIGKILL');
      });
      child.on('error', reject);
      child.on('close', () => resolve(seen));
    });
    await open().close();
    const lines = readFileSync(join(path, 'log', 'audit.log'), 'utf8').split('\n');
    expect(lines.slice(0, written.length)).toEqual(written.map((n) => JSON.stringify({ n: Number(n) })));
  });
});
