import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { Connection } from '../../runtime/provision/connection';

/** What every Connection keeps; `open` gives a fresh one. */
export function connectionSuite(open: () => Promise<Connection>) {
  let connection: Connection;
  let folder: string;

  beforeAll(async () => {
    connection = await open();
    folder = await mkdtemp(join(tmpdir(), 'orlop-connection-'));
  });
  afterAll(async () => {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  });

  const echo = ['sh', '-c', 'for a in "$@"; do printf "%s\\0" "$a"; done', 'sh'];

  it('gives a program its arguments word for word', async () => {
    const hostile = ['', ' ', '$(id)', "'; rm -rf /; '", '`id`', 'a\nb\n', '-n', '*', '\\', '%s', 'ä€😀', '"', 'x\t '];
    const { stdout, code } = await connection.run([...echo, ...hostile]);
    expect(code).toBe(0);
    expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
  });

  it('keeps arbitrary arguments', async () => {
    const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 6 }), async (args) => {
        const { stdout } = await connection.run([...echo, ...args]);
        expect(stdout.split('\0').slice(0, -1)).toEqual(args);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses an argument with NUL before anything runs', async () => {
    await expect(async () => connection.run(['echo', 'a\0b'])).rejects.toThrow();
  });

  it('reports exit codes, standard error and a missing program as results', async () => {
    expect(await connection.run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toMatchObject({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
    });
    const missing = await connection.run(['no-such-program-of-orlop']);
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain('not found');
  });

  it('passes standard input on, from a string, bytes and a stream', async () => {
    expect((await connection.run(['cat'], { stdin: 'one\ntwo' })).stdout).toBe('one\ntwo');
    const bytes = Buffer.alloc(300_000, 7);
    const chunks: Buffer[] = [];
    await connection.run(['cat'], { stdin: Readable.from([bytes, bytes]), onStdout: (chunk) => chunks.push(chunk) });
    expect(Buffer.concat(chunks).equals(Buffer.concat([bytes, bytes]))).toBe(true);
  });

  it('survives a program that does not read its input', async () => {
    const { code } = await connection.run(['sh', '-c', 'exit 4'], { stdin: Buffer.alloc(2_000_000) });
    expect(code).toBe(4);
  });

  it('ends a program past its time', async () => {
    const result = await connection.run(['sleep', '60'], { timeoutMs: 50 });
    expect(result.timedOut).toBe(true);
    expect(result.code).toBeNull();
  });

  it('uploads atomically with mode and progress, and downloads the same bytes', async () => {
    const path = join(folder, 'sub dir', "it's.bin");
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    const seen: number[] = [];
    await connection.upload(Readable.from([bytes]), path, {
      mode: 0o640,
      sizeBytes: bytes.length,
      onProgress: (sent) => seen.push(sent),
    });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(seen.at(-1)).toBe(bytes.length);
    expect((await connection.download(path)).equals(bytes)).toBe(true);
    await connection.upload('', path, { mode: 0o600 });
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('leaves the old file when an upload fails', async () => {
    const path = join(folder, 'kept');
    await writeFile(path, 'old');
    await expect(connection.upload('short', path, { mode: 0o600, sizeBytes: 99 })).rejects.toMatchObject({
      code: 'broken',
      message: expect.stringContaining('5 bytes of 99'),
    });
    const broken = new Readable({ read: () => undefined });
    broken.destroy(new Error('source gone'));
    await expect(connection.upload(broken, path, { mode: 0o600 })).rejects.toThrow('source gone');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await connection.run(['ls', folder])).stdout).not.toContain('.tmp');
  });

  it('says that the disk is full', async () => {
    await expect(connection.upload('x'.repeat(10), '/dev/full/x', { mode: 0o600 })).rejects.toMatchObject({
      name: 'ConnectionError',
    });
  });

  it('forwards to an address of the host', async () => {
    const server = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const stream = await connection.forward({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
      stream.write('ping');
      const [answer] = await new Promise<Buffer[]>((resolve) => stream.once('data', (chunk) => resolve([chunk])));
      expect(String(answer)).toBe('ping');
      stream.end();
      stream.destroy();
    } finally {
      server.close();
    }
  });

  it('rejects a forward to where nothing listens', async () => {
    await expect(connection.forward({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ code: 'broken' });
  });

  it('runs many programs at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => connection.run(['sh', '-c', 'printf %s "$1"', 'sh', String(i)])),
    );
    expect(results.map((result) => result.stdout)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  });
}
