import { type ClientHttp2Session, connect } from 'node:http2';
import fc from 'fast-check';
import { type Logger, silentLogger } from '../../../runtime/util/logger';
import { type Json, TestServer } from '../harness';

/** How often each property is tried: bounded, so that the tests end; a longer hunt sets ORLOP_FUZZ_RUNS. */
export const runs = Number(process.env.ORLOP_FUZZ_RUNS ?? 150);

export interface Sent {
  method: string;
  path: string;
  type?: string;
  body?: Uint8Array | string;
}

/** A server that is sent nonsense over one connection, and what it logged as its own failure. */
export class FuzzedServer {
  failures: string[] = [];
  private session: ClientHttp2Session | undefined;

  private constructor(readonly server: TestServer) {}

  static async start(): Promise<FuzzedServer> {
    const failures: string[] = [];
    const logger: Logger = { ...silentLogger, error: (fields) => failures.push(JSON.stringify(fields)) };
    logger.child = () => logger;
    const fuzzed = new FuzzedServer(await TestServer.start({ logger }));
    fuzzed.failures = failures;
    return fuzzed;
  }

  async stop(): Promise<void> {
    this.session?.destroy();
    await this.server.stop();
  }

  send({ method, path, type = 'application/json', body }: Sent): Promise<{ status: number; text: string; json: Json }> {
    const { port, admin } = this.server;
    if (!this.session || this.session.destroyed) {
      this.session = connect(`https://127.0.0.1:${port}`, this.server.tls({ as: admin }));
      this.session.on('error', () => {});
    }
    const headers = { ':method': method, ':path': path, 'content-type': type };
    const stream = this.session.request(headers, { endStream: false });
    return new Promise((resolve, reject) => {
      let status = 0;
      let text = '';
      stream.once('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      stream.once('error', reject).once('end', () => resolve({ status, text, json: parsed(text) }));
      stream.end(body);
    });
  }

  /**
   * Sends it, and holds that the answer is no failure of the server: 2xx, or 4xx with a Status that says why.
   * @returns the status
   */
  async survives(sent: Sent): Promise<number> {
    const { status, text, json } = await this.send(sent);
    const what = `${sent.method} ${sent.path} answered ${status}: ${text.slice(0, 500)}`;
    if (status < 200 || status >= 500 || this.failures.length > 0) throw new Error(`${what}\n${this.failures.join()}`);
    if (status >= 400) {
      if (json?.kind !== 'Status' || json.status !== 'Failure' || json.code !== status || !json.message) {
        throw new Error(what);
      }
    }
    // Nothing that anybody sends may reach what all objects inherit.
    if (Object.keys(Object.prototype).length > 0) throw new Error(`${what}: Object.prototype was polluted`);
    return status;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Any text as part of a query; half surrogates, which no URL can have, as what stands for them. */
export const inUrl = (text: string) => encodeURIComponent(Buffer.from(text).toString());

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '$patch',
  '$retainKeys',
  '',
];

/** Any JSON value, with keys and numbers that are likely to hurt. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, '', 0, -1, 2 ** 31, 2 ** 53, 1e308, -0, 'null', '\u0000', '\ud800'),
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...hostileKeys), fc.string({ maxLength: 12 })), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

/** An object with a few of its values replaced by others, or taken away: it gets further in than nonsense does. */
export function mutated(object: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(object);
  const change = fc.record({ path: fc.constantFrom(...paths), value: fc.option(anyJson, { nil: undefined }) });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce((value, { path, value: put }) => replaced(value, path, put), object));
}

function pathsOf(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...at, key]))];
}

function replaced(value: unknown, [step, ...rest]: string[], put: unknown): unknown {
  if (step === undefined) return put;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[step] = replaced(copy[step], rest, put);
  return copy;
}

/** Bytes with a few of them changed, cut off or doubled. */
export function spoiled(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: Math.max(0, bytes.length - 1) });
  const flip = fc.array(fc.tuple(at, fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }).map((flips) => {
    const copy = Uint8Array.from(bytes);
    for (const [i, byte] of flips) copy[i] = byte;
    return copy;
  });
  const cut = at.map((end) => bytes.subarray(0, end));
  const doubled = at.map((from) => Buffer.concat([bytes, bytes.subarray(from)]));
  return fc.oneof(flip, cut, doubled);
}
