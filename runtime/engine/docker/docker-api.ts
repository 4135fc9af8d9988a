import http from 'node:http';
import type { Socket } from 'node:net';
import { EngineError } from '../engine';
import { engineErrorOf } from './docker-errors';

/** The newest version of the Engine API that we know; an older engine is spoken to in its own. */
const newestApiVersion = '1.47';

export interface ApiRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: Buffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * The HTTP API of a Docker Engine on a Unix socket. Written on node:http rather than dockerode, which takes 18 MiB and
 * 250 ms to load (it carries gRPC and SSH), a third of what an agent may use in all.
 */
export class DockerApi {
  private readonly agent = new http.Agent({ keepAlive: true, maxFreeSockets: 4 });
  private version: Promise<string> | undefined;

  constructor(private readonly socketPath: string) {}

  /** Sends a request and reads its JSON answer; undefined when there is none. @throws EngineError */
  async json<T>(request: ApiRequest): Promise<T> {
    const response = await this.stream(request);
    const text = await readAll(response);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** The same, but undefined when the thing asked for is not there. */
  async jsonIfFound<T>(request: ApiRequest): Promise<T | undefined> {
    try {
      return await this.json<T>(request);
    } catch (error) {
      if (error instanceof EngineError && (error.code === 'not-found' || error.code === 'image-not-found'))
        return undefined;
      throw error;
    }
  }

  /** Sends a request and returns its answer as a stream. @throws EngineError when the answer is a failure. */
  async stream(request: ApiRequest): Promise<http.IncomingMessage> {
    return this.send(await this.pathOf(request), request);
  }

  /** Sends a request that turns the connection into a raw stream (exec, attach). */
  async hijack(request: ApiRequest): Promise<{ socket: Socket; head: Buffer }> {
    const path = await this.pathOf(request);
    return new Promise((resolve, reject) => {
      const outgoing = this.open(path, request, { Connection: 'Upgrade', Upgrade: 'tcp' }, false);
      outgoing.on('upgrade', (_response, socket, head) => resolve({ socket: socket as Socket, head }));
      outgoing.on('response', (response) => {
        readAll(response).then((text) => reject(engineErrorOf(response.statusCode ?? 500, text)), reject);
      });
      outgoing.on('error', (error) => reject(unavailable(error)));
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private async pathOf(request: ApiRequest): Promise<string> {
    this.version ??= this.negotiate().catch((error) => {
      this.version = undefined;
      throw error;
    });
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) query.set(key, String(value));
    const suffix = query.size ? `?${query}` : '';
    return `/v${await this.version}${request.path}${suffix}`;
  }

  private async negotiate(): Promise<string> {
    const response = await this.send('/_ping', { path: '/_ping' });
    await readAll(response);
    const offered = String(response.headers['api-version'] ?? '1.41');
    return compareVersions(offered, newestApiVersion) < 0 ? offered : newestApiVersion;
  }

  private send(path: string, request: ApiRequest): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = this.open(path, request, {}, true);
      outgoing.on('error', (error) => reject(unavailable(error)));
      outgoing.on('response', (response) => {
        const status = response.statusCode ?? 500;
        if (status < 400) return resolve(response);
        readAll(response).then((text) => reject(engineErrorOf(status, text)), reject);
      });
    });
  }

  private open(path: string, request: ApiRequest, headers: Record<string, string>, pooled: boolean) {
    const body = request.raw ?? (request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body)));
    const outgoing = http.request({
      socketPath: this.socketPath,
      agent: pooled ? this.agent : false,
      method: request.method ?? 'GET',
      path,
      signal: request.signal,
      headers: {
        Host: 'docker',
        ...(body ? { 'Content-Type': request.raw ? 'application/x-tar' : 'application/json' } : {}),
        'Content-Length': body?.length ?? 0,
        ...headers,
        ...request.headers,
      },
    });
    outgoing.end(body);
    return outgoing;
  }
}

export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function unavailable(error: Error): EngineError {
  return new EngineError('unavailable', `the Docker Engine gave no answer: ${error.message}`, { cause: error });
}

function compareVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
