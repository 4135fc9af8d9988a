import type { Status } from '../kube/generated/types';
import type { DeepPartial, KubeObject, ObjectKey, ObjectList } from '../kube/object';
import type { Resource } from '../kube/resource';

/**
 * A client of the Kubernetes API. One contract, two transports: HTTPS (`HttpApiClient`) and the API server of the
 * same process (`LocalApiClient`, in runtime/apiserver). Every method throws StatusError for an answer that is a
 * failure, and UnreachableError when there was no answer.
 */
export interface ApiClient {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListQuery): Promise<ObjectList<T>>;
  /**
   * Watches from `options.resourceVersion`. Ends normally when the server closes the stream or the signal aborts;
   * throws StatusError (410 Expired: list again) or UnreachableError.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces; `metadata.resourceVersion`, where given, must be current (409 Conflict otherwise). */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch<T>,
    options?: WriteOptions,
  ): Promise<T>;
  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: DeleteQuery): Promise<void>;
  /**
   * Posts to a subresource that is no object of the resource's own kind: `binding`, `eviction`, `token`. Answers with
   * what was made, or with a Status where nothing was that has a body of its own (a binding, an eviction).
   */
  createSubresource<T extends KubeObject, B extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: string,
    body: B,
  ): Promise<Posted<B>>;
}

/** The answer to what is posted to a subresource; a Status is told by its kind. */
export type Posted<B extends KubeObject> = B | (Status & KubeObject);

export interface ListQuery {
  /** All namespaces when left out. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchQuery extends Omit<ListQuery, 'limit' | 'continue'> {
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Only `metadata.resourceVersion` (and annotations) of the object are set. */
  | { type: 'BOOKMARK'; object: T };

export interface WriteOptions {
  /** `finalize` is a Namespace's: an update that takes only `spec.finalizers`. */
  subresource?: 'status' | 'scale' | 'finalize' | 'approval';
  fieldManager?: string;
  dryRun?: boolean;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Takes over fields that another manager owns; only for an apply patch. */
  force?: boolean;
  /** Called with each `Warning` header of the answer. */
  onWarning?: (text: string) => void;
}

export type Patch<T extends KubeObject> =
  | { type: 'json'; body: Array<{ op: string; path: string; value?: unknown; from?: string }> }
  | { type: 'merge' | 'strategic' | 'apply'; body: DeepPartial<T> };

export interface DeleteQuery {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/** The server gave no answer: it could not be reached, or the connection broke. */
export class UnreachableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UnreachableError';
  }
}
