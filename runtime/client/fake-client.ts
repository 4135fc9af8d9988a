import type { Binding, Pod, TokenRequest } from '../kube/generated/types';
import { type AnyObject, type KubeObject, keyOf, type ObjectKey, type ObjectList } from '../kube/object';
import { applyMergePatch } from '../kube/patch';
import { apiVersionOf, pods, type Resource } from '../kube/resource';
import { matchesFields, matchesLabels, parseSelectors } from '../kube/selector';
import { StatusError } from '../kube/status-error';
import { type Clock, rfc3339 } from '../util/clock';
import type { ApiClient, DeleteQuery, ListQuery, Patch, Posted, WatchEvent, WatchQuery, WriteOptions } from './client';
import { FakeStorage } from './fake-storage';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'createSubresource';

/** Called before each request; throwing makes the request fail with what it throws. */
export type Interceptor = (verb: Verb, resource: Resource, key: ObjectKey, subresource?: string) => void;

/**
 * An API server in memory for tests of what stands above ApiClient. It keeps resourceVersions, conflicts, generations,
 * finalizers, graceful deletion of pods, bindings, tokens and watches as the contract says; it does not default, validate or
 * admit. Patches: merge, and strategic as a merge in which `status.conditions` merges by type. Objects it hands out are frozen.
 */
export class FakeApiClient implements ApiClient {
  readonly storage = new FakeStorage();
  /** Every write, as `verb plural[/subresource] key`. */
  readonly writes: string[] = [];
  intercept?: Interceptor;
  private uids = 0;
  private tokens = 0;

  constructor(private readonly clock: Clock) {}

  /** Puts an object as it is, status included, without asking what a create may set. */
  seed<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const copy = structuredClone(object) as unknown as AnyObject;
    this.fillMeta(copy);
    return this.storage.put(collectionOf(resource), keyOf(copy), copy) as unknown as T;
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    this.intercept?.('get', resource as Resource, key);
    return this.must(resource, key) as unknown as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListQuery = {}): Promise<ObjectList<T>> {
    this.intercept?.('list', resource as Resource, { name: '' });
    const matches = matcher(options);
    return {
      apiVersion: apiVersionOf(resource),
      kind: `${resource.kind}List`,
      metadata: { resourceVersion: String(this.storage.version) },
      items: this.storage.list(collectionOf(resource)).filter(matches) as unknown as T[],
    };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    this.intercept?.('watch', resource as Resource, { name: '' });
    const matches = matcher(options);
    const from = Number(options.resourceVersion ?? this.storage.version);
    for await (const event of this.storage.follow(collectionOf(resource), from, signal)) {
      const was = event.type === 'ADDED' ? false : matches(event.previous as AnyObject);
      const is = event.type !== 'DELETED' && matches(event.object);
      const object = event.object as unknown as T;
      if (is) yield { type: was ? 'MODIFIED' : 'ADDED', object };
      else if (was) yield { type: 'DELETED', object };
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const copy = structuredClone(object) as unknown as AnyObject;
    if (!copy.metadata.name && copy.metadata.generateName) {
      copy.metadata.name = copy.metadata.generateName + (++this.uids).toString(36).padStart(5, 'x');
    }
    this.enter('create', resource, keyFrom(copy));
    if (this.storage.get(collectionOf(resource), keyOf(copy))) {
      throw new StatusError('AlreadyExists', `${named(resource)} "${copy.metadata.name}" already exists`);
    }
    this.fillMeta(copy);
    if (resource.kind === 'Namespace') copy.spec = { finalizers: ['kubernetes'] };
    if (resource.kind !== 'Node') delete copy.status;
    if (resource.kind === 'Pod') copy.status = { phase: 'Pending' };
    if (resource.kind === 'Namespace') copy.status = { phase: 'Active' };
    return this.storage.put(collectionOf(resource), keyOf(copy), copy) as unknown as T;
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const key = keyFrom(object);
    this.enter('update', resource, key, options.subresource);
    return this.replace(resource, key, structuredClone(object) as unknown as AnyObject, options) as unknown as T;
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    this.enter('patch', resource, key, options.subresource);
    if (patch.type === 'json' || patch.type === 'apply') {
      throw new StatusError('UnsupportedMediaType', `the fake does not serve ${patch.type} patches`);
    }
    const old = structuredClone(this.must(resource, key));
    const body = patch.type === 'strategic' ? keepConditions(old, patch.body as Partial<AnyObject>) : patch.body;
    // As it would travel: what is undefined is not there.
    const merged = applyMergePatch(old, JSON.parse(JSON.stringify(body))) as AnyObject;
    return this.replace(resource, key, merged, options) as unknown as T;
  }

  async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteQuery = {}): Promise<void> {
    this.enter('delete', resource, key);
    const old = structuredClone(this.must(resource, key));
    this.checkPreconditions(resource, old, options);
    const policy = { Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined } as const;
    const finalizer = policy[options.propagationPolicy ?? 'Background'];
    if (finalizer && !old.metadata.deletionTimestamp) {
      old.metadata.finalizers = [...(old.metadata.finalizers ?? []), finalizer];
    }
    const grace = resource.kind === 'Pod' ? podGrace(old as unknown as Pod, options) : 0;
    if (grace > 0 || old.metadata.finalizers?.length || resource.kind === 'Namespace') {
      const due = rfc3339(this.clock.now() + grace * 1000);
      const already = old.metadata.deletionTimestamp;
      if (already && !(grace < (old.metadata.deletionGracePeriodSeconds ?? 0))) return;
      old.metadata.deletionTimestamp = due;
      old.metadata.deletionGracePeriodSeconds = grace;
      if (resource.kind === 'Namespace') old.status = { phase: 'Terminating' };
      this.storage.put(collectionOf(resource), keyOf(old), old);
      return;
    }
    this.storage.remove(collectionOf(resource), keyOf(old));
  }

  async createSubresource<T extends KubeObject, B extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: string,
    body: B,
  ): Promise<Posted<B>> {
    if (subresource === 'eviction') {
      await this.delete(resource, key);
      return posted();
    }
    this.enter('createSubresource', resource, key, subresource);
    if (subresource === 'token') return this.token(this.must(resource, key), body as TokenRequest) as Posted<B>;
    if (subresource !== 'binding') throw new StatusError('NotFound', `the fake does not serve ${subresource}`);
    this.bind(structuredClone(this.must(resource, key)) as unknown as Pod, body as unknown as Binding);
    return posted();
  }

  /** Makes every watch that runs or starts from before now end with 410 Expired. */
  compact(): void {
    this.storage.compact();
  }

  /** The token says in plain JSON what it is: `number` counts them, `account` has it, the rest is as it was asked for. */
  private token({ metadata: { name, namespace } }: AnyObject, body: TokenRequest): TokenRequest {
    const { expirationSeconds = 3600 } = body.spec ?? {};
    const token = JSON.stringify({ number: ++this.tokens, account: `${namespace}/${name}`, ...body.spec });
    const expirationTimestamp = rfc3339(this.clock.now() + expirationSeconds * 1000);
    const spec = { audiences: [], ...body.spec, expirationSeconds };
    return { ...body, metadata: { name, namespace }, spec, status: { token, expirationTimestamp } };
  }

  private bind(pod: Pod, { target }: Binding): void {
    const { name } = pod.metadata;
    if (pod.spec?.nodeName) {
      const message = `pod ${name} is already assigned to node "${pod.spec.nodeName}"`;
      throw new StatusError('Conflict', `Operation cannot be fulfilled on pods/binding "${name}": ${message}`);
    }
    if (!pod.spec) throw new StatusError('BadRequest', 'pod has no spec');
    pod.spec.nodeName = target.name;
    const rest = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: rfc3339(this.clock.now()) };
    pod.status = { ...pod.status, conditions: [...rest, scheduled] };
    this.storage.put(collectionOf(pods), keyOf(pod), pod as unknown as AnyObject);
  }

  private replace(
    resource: Pick<Resource, 'group' | 'version' | 'kind' | 'plural'>,
    key: ObjectKey,
    next: AnyObject,
    options: WriteOptions,
  ): AnyObject {
    const old = this.must(resource, key);
    const { resourceVersion, uid } = next.metadata;
    if ((resourceVersion && resourceVersion !== old.metadata.resourceVersion) || (uid && uid !== old.metadata.uid)) {
      const what = `${named(resource)} "${key.name}"`;
      const why = 'the object has been modified; please apply your changes to the latest version and try again';
      throw new StatusError('Conflict', `Operation cannot be fulfilled on ${what}: ${why}`);
    }
    const { uid: oldUid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = old.metadata;
    const fixed = { uid: oldUid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation };
    const result = this.merged(structuredClone(old), next, options.subresource);
    result.metadata = defined({ ...result.metadata, ...fixed, resourceVersion: old.metadata.resourceVersion });
    if (!same(result.spec, old.spec)) result.metadata.generation = (generation ?? 1) + 1;
    if (same(result, old)) return old;
    const finalizers = [...(result.metadata.finalizers ?? []), ...namespaceFinalizers(result)];
    if (deletionTimestamp && finalizers.length === 0 && !deletionGracePeriodSeconds) {
      this.storage.remove(collectionOf(resource), keyOf(result));
      return result;
    }
    return this.storage.put(collectionOf(resource), keyOf(result), result);
  }

  private merged(old: AnyObject, next: AnyObject, subresource: WriteOptions['subresource']): AnyObject {
    if (subresource === 'status') return { ...old, status: next.status };
    if (subresource === 'finalize') return { ...old, spec: next.spec };
    return old.status === undefined ? { ...next, status: undefined } : { ...next, status: old.status };
  }

  private must(resource: Pick<Resource, 'group' | 'version' | 'kind' | 'plural'>, key: ObjectKey): AnyObject {
    const found = this.storage.get(collectionOf(resource), key.namespace ? `${key.namespace}/${key.name}` : key.name);
    if (!found) throw new StatusError('NotFound', `${named(resource)} "${key.name}" not found`);
    return found;
  }

  private checkPreconditions(resource: Pick<Resource, 'plural' | 'group'>, old: AnyObject, options: DeleteQuery): void {
    const { uid, resourceVersion } = options.preconditions ?? {};
    if ((uid && uid !== old.metadata.uid) || (resourceVersion && resourceVersion !== old.metadata.resourceVersion)) {
      const what = `${named(resource)} "${old.metadata.name}"`;
      throw new StatusError('Conflict', `Operation cannot be fulfilled on ${what}: Precondition failed`);
    }
  }

  private enter(verb: Verb, resource: unknown, key: ObjectKey, subresource?: string): void {
    const typed = resource as Resource;
    this.intercept?.(verb, typed, key, subresource);
    const path = subresource ? `${typed.plural}/${subresource}` : typed.plural;
    this.writes.push(`${verb} ${path} ${key.namespace ? `${key.namespace}/` : ''}${key.name}`);
  }

  private fillMeta(object: AnyObject): void {
    object.metadata.uid ??= `uid-${++this.uids}`;
    object.metadata.creationTimestamp ??= rfc3339(this.clock.now());
    object.metadata.generation ??= 1;
  }
}

/** The answer to a post that makes nothing with a body of its own. */
function posted<B extends KubeObject>(): Posted<B> {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };
}

type Conditions = Array<{ type: string }> | undefined;

/** A strategic merge of `status.conditions`: those that the patch does not name stay. */
function keepConditions(old: AnyObject, body: Partial<AnyObject>): Partial<AnyObject> {
  const patched = (body.status as { conditions?: Conditions } | undefined)?.conditions;
  if (!patched) return body;
  const known = (old.status as { conditions?: Conditions } | undefined)?.conditions ?? [];
  const conditions = known.map((condition) => {
    const change = patched.find(({ type }) => type === condition.type);
    return change ? withoutNulls({ ...condition, ...change }) : condition;
  });
  const added = patched.filter(({ type }) => !known.some((condition) => condition.type === type)).map(withoutNulls);
  return { ...body, status: { ...(body.status as object), conditions: [...conditions, ...added] } };
}

/** A null in a patch takes the field away. */
function withoutNulls<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as T;
}

function namespaceFinalizers(object: AnyObject): string[] {
  return object.kind === 'Namespace' ? ((object.spec as { finalizers?: string[] } | undefined)?.finalizers ?? []) : [];
}

function podGrace(pod: Pod, options: DeleteQuery): number {
  const asked = options.gracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return !pod.spec?.nodeName || finished ? 0 : asked;
}

function collectionOf(resource: Pick<Resource, 'group' | 'plural'>): string {
  return `${resource.group}/${resource.plural}`;
}

function named(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

function keyFrom(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace, name: object.metadata.name ?? '' };
}

function matcher(query: ListQuery | WatchQuery): (object: AnyObject) => boolean {
  const { labels, fields } = parseSelectors(query.labelSelector, query.fieldSelector);
  return (object) => {
    if (query.namespace && object.metadata.namespace !== query.namespace) return false;
    if (!matchesLabels(labels, object.metadata.labels)) return false;
    return matchesFields(fields, (field) => {
      const value = field.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], object);
      return value === undefined ? undefined : String(value);
    });
  };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
