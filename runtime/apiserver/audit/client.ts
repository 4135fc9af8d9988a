import type {
  ApiClient,
  DeleteQuery,
  ListQuery,
  Patch,
  Posted,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from '../../client/client';
import { collectionPath, deleteBody, listQuery, objectPath, writeQuery } from '../../client/paths';
import type { KubeObject, ObjectKey, ObjectList } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import type { User } from '../auth/user';
import { parseRequest } from '../http/request-info';
import type { Auditor } from './auditor';
import type { RequestAudit } from './record';

/** Records the requests of a client of this process as those that come over a connection. */
export class AuditedClient implements ApiClient {
  constructor(
    private readonly client: ApiClient,
    private readonly auditor: Pick<Auditor, 'begin'>,
    private readonly user: User,
    private readonly userAgent: string,
  ) {}

  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    return this.record('GET', objectUrl(resource, key), undefined, () => this.client.get(resource, key));
  }

  list<T extends KubeObject>(resource: Resource<T>, options: ListQuery = {}): Promise<ObjectList<T>> {
    const url = collectionPath(resource as Resource, options.namespace) + listQuery(options);
    return this.record('GET', url, undefined, () => this.client.list(resource, options));
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const url = collectionPath(resource as Resource, options.namespace) + listQuery({ ...options, watch: true });
    const audit = this.begin('GET', url);
    audit.started(200);
    try {
      yield* this.client.watch(resource, options, signal);
    } catch (error) {
      audit.failed(error);
      throw error;
    } finally {
      audit.complete(200);
    }
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    const path = options.subresource
      ? objectUrl(resource, { namespace, name }, options.subresource)
      : collectionPath(resource as Resource, namespace);
    const act = () => this.client.create(resource, object, options);
    return this.record('POST', path + writeQuery(options), object, act);
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    const url = objectUrl(resource, { namespace, name }, options.subresource) + writeQuery(options);
    return this.record('PUT', url, object, () => this.client.update(resource, object, options));
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const url = objectUrl(resource, key, options.subresource) + writeQuery(options);
    return this.record('PATCH', url, patch.body, () => this.client.patch(resource, key, patch, options));
  }

  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteQuery = {}): Promise<void> {
    const act = () => this.client.delete(resource, key, options);
    return this.record('DELETE', objectUrl(resource, key), deleteBody(options), act);
  }

  createSubresource<T extends KubeObject, B extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: string,
    body: B,
  ): Promise<Posted<B>> {
    const act = () => this.client.createSubresource(resource, key, subresource, body);
    return this.record('POST', objectUrl(resource, key, subresource), body, act);
  }

  private begin(method: string, requestUri: string): RequestAudit {
    const audit = this.auditor.begin({ requestUri, method, sourceIps: [], userAgent: this.userAgent });
    try {
      audit.parsed(parseRequest(method, requestUri));
    } catch {
      // A name that no path can have: the registry says so, and the record has the path as it is.
    }
    audit.authenticated(this.user);
    return audit;
  }

  private async record<R>(method: string, url: string, body: unknown, act: () => Promise<R>): Promise<R> {
    const audit = this.begin(method, url);
    if (body !== undefined) audit.requestObject(body);
    try {
      const result = await act();
      if (method === 'POST' && result) audit.made((result as { metadata?: object }).metadata ?? {});
      if (audit.wantsResponse && result) audit.responseObject(Buffer.from(JSON.stringify(result)));
      audit.complete(method === 'POST' ? 201 : 200);
      return result;
    } catch (error) {
      audit.failed(error);
      audit.complete(isStatusError(error) ? error.code : 500);
      throw error;
    }
  }
}

/** Where a request lacks what its path needs, the registry says so; the record then has the collection's path. */
function objectUrl<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, subresource?: string): string {
  try {
    return objectPath(resource as Resource, key, subresource);
  } catch {
    return collectionPath(resource as Resource, key.namespace);
  }
}
