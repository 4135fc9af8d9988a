import type {
  ApiClient,
  DeleteQuery,
  ListQuery,
  Patch,
  Posted,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from '../client/client';
import type { Scale } from '../kube/generated/types';
import type { Kind } from '../kube/kind';
import type { AnyObject, KubeObject, ObjectKey, ObjectList } from '../kube/object';
import { apiVersionOf, type Resource } from '../kube/resource';
import { StatusError } from '../kube/status-error';
import { internalUser, type User } from './auth/user';
import { applyScale } from './registry/apply';
import { listComputed } from './registry/computed';
import type { RegistryContext, Target, WriteRequest } from './registry/context';
import { createObject } from './registry/create';
import { deleteObject } from './registry/delete';
import { notFound } from './registry/errors';
import { listObjects } from './registry/list';
import { applyPatch, patchObject } from './registry/patch';
import { postOf } from './registry/post';
import { cachedObject } from './registry/read';
import type { StoredObject } from './registry/stored-object';
import { finalizeNamespace, type scaleOf, writeScale } from './registry/subresources';
import { updateObject } from './registry/update';
import { watchLocally } from './watch/local-watch';

export interface LocalApiClientOptions {
  /** Field manager of writes that name none. */
  fieldManager: string;
  /** @default the server's own user */
  user?: User;
}

/**
 * The API without a connection: the same registry and watch cache that serve HTTP. Objects of `list` and `watch` are
 * shared with the cache and frozen; those of `get` and of writes are the caller's own.
 */
export class LocalApiClient implements ApiClient {
  constructor(
    private readonly context: RegistryContext,
    private readonly options: LocalApiClientOptions,
  ) {}

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    const target = this.target(resource, key);
    await this.context.cache.fresh();
    const found = cachedObject(this.context.cache, target);
    if (!found) throw notFound(target.kind.resource, key.name);
    return own<T>(found);
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListQuery = {}): Promise<ObjectList<T>> {
    const kind = this.kind(resource);
    const computed = this.context.computed(kind);
    const page = computed
      ? await listComputed(computed, kind, options)
      : await listObjects(this.context, kind, options);
    const { resourceVersion, continue: token, remainingItemCount } = page;
    return {
      apiVersion: apiVersionOf(resource),
      kind: this.kind(resource).listKind ?? `${resource.kind}List`,
      metadata: {
        resourceVersion: String(resourceVersion),
        ...(token ? { continue: token } : {}),
        ...(remainingItemCount ? { remainingItemCount } : {}),
      },
      items: page.items.map((item) => item.object as unknown as T),
    };
  }

  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    return watchLocally<T>(this.context, this.kind(resource), options, signal);
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const body = { value: object, duplicates: [] };
    const { namespace } = object.metadata;
    return own<T>(await createObject(this.context, this.kind(resource), namespace, body, this.request(options)));
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    const target = this.target(resource, { namespace, name });
    const request = this.request(options);
    if (options.subresource === 'scale') {
      return (await writeScale(this.context, target, () => object, request)) as unknown as T;
    }
    if (options.subresource === 'finalize')
      return own<T>(await finalizeNamespace(this.context, target, object, request));
    const body = { value: object, duplicates: [] };
    return own<T>((await updateObject(this.context, target, options.subresource, body, request)).object);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    { type, body }: Patch<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const target = this.target(resource, key);
    const request = this.request(options);
    if (options.subresource === 'scale') {
      if (type === 'apply') return (await applyScale(this.context, target, body as Partial<Scale>, request)) as never;
      const form = type === 'json' ? 'json' : 'merge';
      const change = (scale: ReturnType<typeof scaleOf>) =>
        applyPatch(target, form, scale as unknown as AnyObject, body);
      return (await writeScale(this.context, target, change, request)) as unknown as T;
    }
    const path = options.subresource;
    const patch = { value: body, duplicates: [] };
    return own<T>((await patchObject(this.context, target, path, type, patch, request)).object);
  }

  async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteQuery = {}): Promise<void> {
    const { dryRun, ...query } = options;
    await deleteObject(this.context, this.target(resource, key), query, this.request({ dryRun }));
  }

  async createSubresource<T extends KubeObject, B extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: string,
    body: B,
  ): Promise<Posted<B>> {
    const target = this.target(resource, key);
    const post = postOf(this.context, target.kind, subresource);
    if (!post) throw new StatusError('NotFound', `${resource.plural} have no subresource ${subresource} to post to`);
    const answer = await post(this.context, target, { value: body, duplicates: [] }, this.request({}));
    return answer as Posted<B>;
  }

  private kind<T extends KubeObject>(resource: Resource<T>): Kind {
    const kind = this.context.catalog.find(resource.group, resource.version, resource.plural);
    if (kind) return kind;
    throw new StatusError('NotFound', `the server could not find the requested resource ${resource.plural}`);
  }

  private target<T extends KubeObject>(resource: Resource<T>, { namespace, name }: ObjectKey): Target {
    return { kind: this.kind(resource), namespace, name };
  }

  private request(options: WriteOptions): WriteRequest {
    return {
      user: this.options.user ?? internalUser,
      fieldManager: options.fieldManager ?? this.options.fieldManager,
      explicitManager: true,
      fieldValidation: options.fieldValidation ?? 'Strict',
      dryRun: options.dryRun ?? false,
      force: options.force ?? false,
      warn: options.onWarning ?? (() => {}),
    };
  }
}

function own<T>(stored: StoredObject): T {
  return stored.copy() as unknown as T;
}
