import { type IncomingMessage, request } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

/** A Docker Engine's API over any stream to its socket: the few calls that provisioning makes. */
export class EngineHttp {
  /** @param open gives a fresh stream to the engine's socket; one a request */
  constructor(private readonly open: () => Promise<Duplex>) {}

  /** @throws Error with the engine's own message; statuses in `accept` are success. */
  async json<T>(method: string, path: string, options: { accept?: number[] } = {}): Promise<T> {
    const answer = await this.send(method, path);
    const text = await readAll(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 400 && !options.accept?.includes(status)) throw engineError(method, path, status, text);
    return (text ? parse(text) : undefined) as T;
  }

  /** The answer's body as it comes. */
  async stream(method: string, path: string): Promise<Readable> {
    const answer = await this.send(method, path);
    if ((answer.statusCode ?? 0) >= 400) {
      throw engineError(method, path, answer.statusCode ?? 0, await readAll(answer));
    }
    return answer;
  }

  /** Sends a body; the answer is a sequence of JSON messages, of which one with `error` is a failure. */
  async post(path: string, body: Readable): Promise<Array<Record<string, unknown>>> {
    const answer = await this.send('POST', path, body);
    const text = await readAll(answer);
    if ((answer.statusCode ?? 0) >= 400) throw engineError('POST', path, answer.statusCode ?? 0, text);
    const messages = text
      .split('\n')
      .filter((line) => line.trim())
      .map((line) => parse(line) as Record<string, unknown>);
    const failed = messages.find((message) => typeof message?.error === 'string');
    if (failed) throw new Error(`Docker Engine: ${String(failed.error)}`);
    return messages;
  }

  private async send(method: string, path: string, body?: Readable): Promise<IncomingMessage> {
    const stream = await this.open();
    return new Promise((resolve, reject) => {
      const outgoing = request({
        method,
        // Without a version the engine uses its newest; every call here is in all of them.
        path,
        headers: { host: 'docker', connection: 'close', ...(body ? { 'content-type': 'application/x-tar' } : {}) },
        createConnection: () => stream,
      });
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      stream.once('error', reject);
      if (!body) return void outgoing.end();
      body.once('error', (error) => {
        outgoing.destroy(error);
        reject(error);
      });
      body.pipe(outgoing);
    });
  }
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function engineError(method: string, path: string, status: number, text: string): Error {
  const body = parse(text);
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : text.trim();
  return new Error(`Docker Engine: ${method} ${path.split('?')[0]}: ${message} (${status})`);
}
