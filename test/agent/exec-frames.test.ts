import { PassThrough } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { AgentServer, type ServerIdentity } from '../../runtime/agent/server/agent-server';
import type { ContainerInfo, ExecOptions, ExecSession } from '../../runtime/engine/engine';
import { SimulatedEngine } from '../../runtime/engine/simulated/simulated-engine';
import type { StatsSummary } from '../../runtime/kube/stats-summary';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

/** How often each property is tried: bounded, so that the tests end; a longer hunt sets ORLOP_FUZZ_RUNS. */
const runs = Number(process.env.ORLOP_FUZZ_RUNS ?? 150);

/** Commands that run until their client goes: `cat` reads what it is given and says it again, others read nothing. */
class Commands extends SimulatedEngine {
  readonly inputs: PassThrough[] = [];
  resizes = 0;
  /** Resolves when commands may start. */
  ready: Promise<void> = Promise.resolve();

  override async exec(_id: string, { command, stdin, tty, signal }: ExecOptions): Promise<ExecSession> {
    await this.ready;
    const [input, stdout] = [new PassThrough(), new PassThrough()];
    this.inputs.push(input);
    if (command[0] === 'cat') input.pipe(stdout);
    const exit = new Promise<number>((resolve) => {
      const end = () => {
        stdout.end();
        resolve(137);
      };
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted) end();
    });
    const resize = async () => {
      this.resizes++;
      await this.ready;
    };
    return { stdin: stdin ? input : undefined, stdout, stderr: tty ? undefined : new PassThrough(), exit, resize };
  }
}

const now = Date.now();
let ca: KeyPair;
let engine: Commands;
let server: AgentServer;
let port: number;
let client: ServerIdentity;

async function identity(commonName: string): Promise<ServerIdentity> {
  const names = { commonName, organizations: [], dnsNames: ['n1'] };
  return {
    ca: ca.cert,
    ...(await issueKeyPair(ca, { ...names, usages: ['client', 'server'], validSeconds: 3600 }, now)),
  };
}

beforeAll(async () => {
  ca = await createCa(now);
  client = await identity('kube-apiserver');
});
beforeEach(async () => {
  const clock = new FakeClock(now);
  engine = new Commands({ clock });
  const container = { id: 'c', name: 'app', state: 'running' } as ContainerInfo;
  const usage = async () => ({}) as StatsSummary;
  const find = () => ({ containerOf: () => container });
  server = new AgentServer({ engine, usage, find, clock, logger: silentLogger });
  port = await server.listen(0, await identity('system:node:n1'));
});
afterEach(() => server.close());

interface Raw {
  socket: TLSSocket;
  head: string;
  closed: Promise<void>;
}

/** An exec session as it is on the wire; after a refusal, its answer. */
function open(query: string, protocols = 'v5.channel.k8s.io', more = ''): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'n1', ...client });
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', () => {});
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      if (head.includes('\r\n\r\n')) return;
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n')) resolve({ socket, head, closed });
    });
    void closed.then(() => reject(new Error(`it was closed: ${head}`)));
    socket.write(
      `GET /exec/default/web/app?${query} HTTP/1.1\r\nhost: n1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: ${protocols}\r\n${more}\r\n`,
    );
  });
}

interface Frame {
  fin: boolean;
  reserved: number;
  opcode: number;
  masked: boolean;
  payload: Uint8Array;
  /** What the frame says of its length, where that is not the truth. */
  length?: number | bigint;
}

function encode({ fin, reserved, opcode, masked, payload, length = payload.length }: Frame): Buffer {
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const size = Number(length);
  let head: Buffer;
  if (size < 126) head = Buffer.from([first, mask | size]);
  else if (size < 65_536) head = Buffer.from([first, mask | 126, size >> 8, size & 255]);
  else {
    head = Buffer.from([first, mask | 127, ...Buffer.alloc(8)]);
    head.writeBigUInt64BE(BigInt.asUintN(64, BigInt(length)), 2);
  }
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), payload]);
}

const binary = (...bytes: Uint8Array[]): Buffer =>
  encode({ fin: true, reserved: 0, opcode: 2, masked: true, payload: Buffer.concat(bytes) });

/** A session that is as it should be still works: nothing that others sent has hurt the agent. */
async function works(): Promise<void> {
  const { socket, closed } = await open('command=cat&stdin=true&stdout=true');
  const echoed = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('hello')) resolve(text);
    });
  });
  socket.write(binary(Buffer.of(0), Buffer.from('hello')));
  expect(await echoed).toContain('\u0001hello');
  socket.destroy();
  await closed;
}

const channel = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 255) }, fc.nat({ max: 255 }));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(channel, fc.uint8Array({ maxLength: 40 })).map(([first, rest]) => Uint8Array.of(first, ...rest)),
  fc
    .tuple(fc.constant(4), fc.oneof(fc.json(), fc.constant('{"Width":80,"Height":24}')))
    .map(([first, text]) => Uint8Array.of(first, ...Buffer.from(text))),
);
const anyFrame: fc.Arbitrary<Frame> = fc.record(
  {
    fin: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
    reserved: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat({ max: 7 })),
    opcode: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat({ max: 15 })),
    masked: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
    payload,
    length: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  },
  { requiredKeys: ['fin', 'reserved', 'opcode', 'masked', 'payload'] },
);
/** Mostly frames that say the truth, so that what comes later is looked at too. */
const frames = fc.array(
  fc.oneof({ weight: 4, arbitrary: anyFrame.map(({ length: _, ...frame }) => frame as Frame) }, anyFrame),
  { minLength: 1, maxLength: 12 },
);

it('frames of any kind end their session at most', async () => {
  const property = fc.asyncProperty(
    frames,
    fc.constantFrom(
      'command=cat&stdin=true&stdout=true',
      'command=cat&stdin=1&tty=1&stdout=1',
      'command=sleep&stdout=1',
    ),
    fc.option(fc.nat({ max: 400 })),
    async (sent, query, cut) => {
      const session = await open(query, 'v4.channel.k8s.io, v5.channel.k8s.io');
      const bytes = Buffer.concat(sent.map(encode));
      session.socket.end(cut === null ? bytes : bytes.subarray(0, cut));
      await session.closed;
    },
  );
  await fc.assert(property, { numRuns: runs });
  await works();
});

it.each<[string, Partial<Frame>]>([
  ['a control frame of more than 125 bytes', { opcode: 9, payload: Buffer.alloc(126) }],
  ['a control frame in pieces', { opcode: 9, fin: false }],
  ['a continuation of nothing', { opcode: 0 }],
  ['a frame without a mask', { masked: false }],
  ['a reserved bit', { reserved: 4 }],
  ['an operation that is none', { opcode: 11 }],
  ['a length of 2^64 - 1', { length: 2n ** 64n - 1n }],
  ['a length of 16 MiB', { length: 1 << 24 }],
  ['a close with half a code', { opcode: 8, payload: Buffer.of(3) }],
  ['text that is no UTF-8', { opcode: 1, payload: Buffer.of(0, 0xff, 0xfe) }],
])('%s ends the session', async (_what, part) => {
  const { socket, closed } = await open('command=cat&stdin=true&stdout=true');
  socket.write(encode({ fin: true, reserved: 0, opcode: 2, masked: true, payload: Buffer.of(0), ...part }));
  socket.once('end', () => socket.destroy());
  await closed;
  await works();
});

it.each(['', 'v1.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', 'v5.channel.k8s.io.evil', ',', '\u0001'])(
  'a session of the subprotocol %j is none',
  async (protocol) => {
    const { head, socket } = await open('command=cat', protocol);
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  },
);

it('what is typed after the end of input is dropped', async () => {
  const { socket, closed } = await open('command=cat&stdin=true&stdout=true&tty=true');
  const end = binary(Buffer.of(255, 0));
  socket.write(Buffer.concat([end, binary(Buffer.from('\u0000more')), end, binary(Buffer.from('\u0000more'))]));
  await works();
  socket.destroy();
  await closed;
});

describe('what a client sends is held back', () => {
  const chunk = binary(Buffer.concat([Buffer.of(0), Buffer.alloc(60_000)]));

  /** Writes until the connection takes no more for now, or so much that something must have kept it. @returns bytes */
  async function fill(socket: TLSSocket, bytes: Buffer): Promise<number> {
    let sent = 0;
    const most = 200 << 20;
    for (let idle = 0; idle < 200 && sent < most && !socket.destroyed; ) {
      if (socket.writableLength > 1 << 20) {
        idle++;
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      idle = 0;
      socket.write(bytes);
      sent += bytes.length;
    }
    return sent;
  }

  it('by a command that reads nothing', async () => {
    const { socket, closed } = await open('command=sleep&stdin=true&stdout=true');
    await fill(socket, chunk);
    expect(engine.inputs[0]?.writableLength).toBeLessThan(4 << 20);
    await works();
    // Once it reads, all of it comes.
    const input = engine.inputs[0] as PassThrough;
    let read = 0;
    input.on('data', (data: Buffer) => (read += data.length));
    while (socket.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeGreaterThan(1 << 20);
    socket.destroy();
    await closed;
  });

  it('by a command that does not start', async () => {
    let start = () => {};
    engine.ready = new Promise((resolve) => (start = resolve));
    const { socket, closed } = await open('command=sleep&stdin=true&stdout=true');
    const sent = await fill(socket, chunk);
    expect(sent).toBeLessThan(100 << 20);
    start();
    await works();
    socket.destroy();
    await closed;
  });

  it('by sizes that are being set: of many, the last', async () => {
    const { socket, closed } = await open('command=sleep&stdin=true&stdout=true&tty=true');
    let set = () => {};
    engine.ready = new Promise((resolve) => (set = resolve));
    const size = (columns: number) => binary(Buffer.of(4), Buffer.from(JSON.stringify({ Width: columns, Height: 24 })));
    socket.write(Buffer.concat(Array.from({ length: 5000 }, (_, i) => size(i + 1))));
    while (engine.resizes === 0) await new Promise((resolve) => setImmediate(resolve));
    set();
    await works();
    expect(engine.resizes).toBeLessThan(10);
    socket.destroy();
    await closed;
  });

  it('by nobody: who reads no answer to his pings is hung up on', async () => {
    const { socket, closed } = await open('command=sleep&stdin=true&stdout=true');
    socket.pause();
    const ping = encode({ fin: true, reserved: 0, opcode: 9, masked: true, payload: Buffer.alloc(125) });
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    const sent = await fill(socket, pings);
    expect(sent).toBeLessThan(200 << 20);
    socket.resume();
    await closed;
    await works();
  });
});
