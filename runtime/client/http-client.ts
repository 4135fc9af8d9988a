import type { KubeObject, ObjectKey, ObjectList } from '../kube/object';
import type { Resource } from '../kube/resource';
import { reasonCodes, StatusError, type StatusReason } from '../kube/status-error';
import { type Clock, systemClock } from '../util/clock';
import {
  type ApiClient,
  type DeleteQuery,
  type ListQuery,
  type Patch,
  type Posted,
  UnreachableError,
  type WatchEvent,
  type WatchQuery,
  type WriteOptions,
} from './client';
import type { ServerAddress } from './connect';
import { collectionPath, deleteBody, listQuery, objectPath, patchTypes, writeQuery } from './paths';
import { TlsTransport } from './tls-transport';
import type { HttpAnswer, HttpRequest, Transport } from './transport';
import { parseWarnings } from './warnings';
import { readWatch } from './watch-stream';

export interface HttpApiClientOptions extends ServerAddress {
  /** @default "orlop" */
  userAgent?: string;
  /** How long a request may take until its answer has arrived; a watch, until its first byte. @default 30000 */
  requestTimeoutMs?: number;
  clock?: Clock;
  /** @default - a TLS connection to `server` */
  transport?: Transport;
}

/** Asks for the raw answer of a path that is no object: `/version`, a pod's log, `/openapi/v3`. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/** An ApiClient over HTTPS. `close()` gives up its connection. */
export class HttpApiClient implements ApiClient {
  private readonly transport: Transport;
  private readonly clock: Clock;
  private readonly headers: Record<string, string>;
  private readonly timeoutMs: number;

  constructor(private readonly options: HttpApiClientOptions) {
    this.clock = options.clock ?? systemClock;
    this.transport = options.transport ?? new TlsTransport(options, { clock: this.clock });
    this.timeoutMs = options.requestTimeoutMs ?? 30_000;
    this.headers = { 'user-agent': options.userAgent ?? 'orlop', accept: 'application/json' };
    if (options.token) this.headers.authorization = `Bearer ${options.token}`;
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    return this.json<T>('GET', objectPath(resource as Resource, key));
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListQuery = {}): Promise<ObjectList<T>> {
    const path = collectionPath(resource as Resource, options.namespace) + listQuery(options);
    const list = await this.json<ObjectList<T>>('GET', path);
    // Kubernetes leaves kind and apiVersion out of a list's items; everything here relies on them.
    const apiVersion = list.apiVersion;
    for (const item of list.items ?? []) {
      item.kind ??= resource.kind;
      item.apiVersion ??= apiVersion;
    }
    list.items ??= [];
    return list;
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const path = collectionPath(resource as Resource, options.namespace) + listQuery({ ...options, watch: true });
    if (signal.aborted) return;
    const abort = new AbortController();
    const forward = () => abort.abort();
    signal.addEventListener('abort', forward, { once: true });
    try {
      const answer = await this.exchange({ method: 'GET', path, headers: this.headers }, abort);
      if (answer.status !== 200) throw await failure(answer);
      yield* readWatch<T>(answer.body);
    } catch (error) {
      if (signal.aborted) return;
      throw this.asUnreachable(error, `watch ${resource.plural}`);
    } finally {
      signal.removeEventListener('abort', forward);
      abort.abort();
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = options?.subresource
      ? objectPath(resource as Resource, { namespace, name: name ?? '' }, options.subresource)
      : this.createPath(resource as Resource, namespace);
    return this.json<T>('POST', path + writeQuery(options), object, undefined, options);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    const path = objectPath(resource as Resource, { namespace, name }, options?.subresource);
    return this.json<T>('PUT', path + writeQuery(options), object, undefined, options);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch<T>,
    options?: WriteOptions,
  ): Promise<T> {
    const path = objectPath(resource as Resource, key, options?.subresource);
    return this.json<T>('PATCH', path + writeQuery(options), patch.body, patchTypes[patch.type], options);
  }

  async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: DeleteQuery): Promise<void> {
    await this.json('DELETE', objectPath(resource as Resource, key), deleteBody(options));
  }

  async createSubresource<T extends KubeObject, B extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: string,
    body: B,
  ): Promise<Posted<B>> {
    return this.json<Posted<B>>('POST', objectPath(resource as Resource, key, subresource), body);
  }

  /**
   * GETs any path and streams the answer as it comes.
   * @throws StatusError for a status of 400 and above, UnreachableError without an answer
   */
  async raw(path: string, signal: AbortSignal = new AbortController().signal): Promise<RawAnswer> {
    const abort = new AbortController();
    signal.addEventListener('abort', () => abort.abort(), { once: true });
    try {
      const headers = { ...this.headers, accept: '*/*' };
      const answer = await this.exchange({ method: 'GET', path, headers }, abort);
      if (answer.status >= 400) throw await failure(answer);
      return answer;
    } catch (error) {
      throw this.asUnreachable(error, `GET ${path}`);
    }
  }

  close(): void {
    this.transport.close();
  }

  private createPath(resource: Resource, namespace: string | undefined): string {
    if (resource.namespaced && !namespace) {
      throw new StatusError('BadRequest', 'an empty namespace may not be set during creation');
    }
    return collectionPath(resource, namespace);
  }

  private async json<R>(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    contentType = 'application/json',
    options?: WriteOptions,
  ): Promise<R> {
    const headers = body === undefined ? this.headers : { ...this.headers, 'content-type': contentType };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const abort = new AbortController();
    const timer = this.clock.after(this.timeoutMs, () => abort.abort(timedOut(this.timeoutMs)));
    try {
      const answer = await this.transport.send({ method, path, headers, body: text }, abort.signal);
      if (answer.status >= 400) throw await failure(answer);
      for (const warning of parseWarnings(answer.headers.warning)) options?.onWarning?.(warning);
      return JSON.parse(await readText(answer.body)) as R;
    } catch (error) {
      throw this.asUnreachable(abort.signal.aborted ? abort.signal.reason : error, `${method} ${path}`);
    } finally {
      timer.cancel();
    }
  }

  /** Sends, giving up when the answer's head does not come in time; its body may take for ever. */
  private async exchange(request: HttpRequest, abort: AbortController): Promise<HttpAnswer> {
    const timer = this.clock.after(this.timeoutMs, () => abort.abort(timedOut(this.timeoutMs)));
    try {
      return await this.transport.send(request, abort.signal);
    } finally {
      timer.cancel();
    }
  }

  private asUnreachable(error: unknown, what: string): Error {
    if (error instanceof StatusError || error instanceof UnreachableError) return error;
    const cause = error instanceof Error ? error.message : String(error);
    return new UnreachableError(`${what} at ${this.options.server}: ${cause}`, { cause: error });
  }
}

function timedOut(ms: number): Error {
  return new Error(`no answer within ${ms / 1000} s`);
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

async function failure(answer: HttpAnswer): Promise<StatusError> {
  const text = await readText(answer.body);
  try {
    const status = JSON.parse(text) as { kind?: string };
    if (status.kind === 'Status') return StatusError.from(status);
  } catch {
    // Not a Status: a proxy's page, or plain text. The code and the text still tell what happened.
  }
  const reason = Object.entries(reasonCodes).find(([, code]) => code === answer.status)?.[0] ?? 'InternalError';
  const message = text.slice(0, 500) || `the server answered ${answer.status}`;
  return new StatusError(reason as StatusReason, message, undefined, answer.status);
}
