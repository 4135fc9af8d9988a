import type { Kind } from '../../kube/kind';
import type { AnyObject, KubeObject } from '../../kube/object';
import type { KeyInText } from '../../kube/schema-engine';
import type { Store } from '../../store/store';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { AdmissionChain, AdmissionLookups } from '../admission';
import type { User } from '../auth/user';
import type { KindCatalog } from '../catalog/catalog';
import type { Cache } from '../watch/cache';
import type { ComputedResource } from './computed-resource';

/** What all registry operations share. */
export interface RegistryContext {
  store: Store;
  cache: Cache;
  clock: Clock;
  logger: Logger;
  /** 0 ≤ random < 1. */
  random(): number;
  uid(): string;
  lookups: AdmissionLookups;
  admission: AdmissionChain;
  quotas: QuotaGate;
  catalog: KindCatalog;
  /** Where the objects of a kind come from that is not stored. */
  computed(kind: Kind): ComputedResource | undefined;
  hooks(kind: Kind): KindHooks;
}

/** Who writes, and how. */
export interface WriteRequest {
  user: User;
  fieldManager: string;
  /** Whether the client named its manager itself; an apply must. */
  explicitManager?: boolean;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  dryRun: boolean;
  /** Takes over fields that other managers own; only of an apply. */
  force?: boolean;
  /** Of an apply or a replacement: looks, once there turns out to be nothing to change, whether the user may create it. @throws StatusError 403 */
  checkCreate?(): Promise<void>;
  warn(text: string): void;
  /** Puts something into the request's audit record. */
  annotate?(key: string, value: string): void;
}

/** A body as a client sent it; never changed here. */
export interface Body {
  value: unknown;
  /** What is said of fields that stand twice in the text. */
  duplicates: string[];
  /** Of JSON in which some stand twice: every key in its order. */
  keys?: readonly KeyInText[];
  /** Of an apply: it has recorded its manager already. */
  managed?: boolean;
}

/** A write that is about to be committed, as quotas see it. */
export interface QuotaWrite {
  kind: Kind;
  namespace?: string;
  object: AnyObject;
  /** The object as it is stored; none for a create. */
  old?: AnyObject;
  subresource?: string;
  dryRun: boolean;
}

/** What a write was charged. Exactly one of the two is called once it is known what became of the write. */
export interface QuotaCharge {
  /** The write is committed. */
  settle(): void;
  /** It did not happen. */
  refund(): Promise<void>;
}

/** The last that a write passes before it is committed (ResourceQuota). */
export interface QuotaGate {
  /**
   * Charges a write to the quotas of its namespace; undefined where none counts it.
   * @throws StatusError Forbidden, in Kubernetes' words, where it would exceed one
   */
  charge(write: QuotaWrite): Promise<QuotaCharge | undefined>;
}

/** The subresources through which an object itself is written, a kind's `writePaths` among them; none is the object's own path. */
export type ObjectPath = 'status' | 'scale' | 'finalize' | 'binding' | (string & {}) | undefined;

/** Names an object of a kind in the registry. */
export interface Target {
  kind: Kind;
  namespace?: string;
  name: string;
}

/**
 * What the server does for a kind beyond what every kind gets: effects on other state of the store.
 * `undo` of a hook's answer is called when the write that it prepared did not happen.
 */
export interface KindHooks {
  /** What may be posted to a subresource that is no object of the kind, by its name: `binding`, `token`. */
  posts?: Readonly<Record<string, Post>>;
  /** Answers a create of a kind whose objects are never stored (a review), once the object is found valid. */
  answer?(object: AnyObject, request: WriteRequest): Promise<AnyObject>;
  /** Before admission of a create: waits for what others are about to make, so that it is found. */
  beforeAdmission?(context: RegistryContext, namespace: string | undefined, value: unknown): Promise<void>;
  /** After admission, before validation: fills what only the server can (an address, a port). */
  beforeCreate?(object: AnyObject, request: WriteRequest): Promise<Undo | undefined>;
  beforeUpdate?(object: AnyObject, old: AnyObject, request: WriteRequest): Promise<Undo | undefined>;
  /** After an update is committed: frees what the old object had and the new one has not. */
  afterUpdate?(object: AnyObject, old: AnyObject): Promise<void>;
  afterDelete?(object: AnyObject): Promise<void>;
  /** Seconds of grace of a deletion that asked for `requested`; undefined where the kind knows no grace. */
  deletionGrace?(object: AnyObject, requested: number | undefined): number | undefined;
  /** Finalizers that a deletion begins with, whatever the object has. */
  deletionFinalizers?: readonly string[];
  /** Marks the start of a deletion in the object, in place. */
  markDeleted?(object: AnyObject): void;
  /** What keeps a deleted object beside `metadata.finalizers`. */
  holds?(object: AnyObject): boolean;
  /** Whether a completed delete answers with the object rather than with a Status. */
  returnsDeleted?: boolean;
}

/** Answers with what was made, or with a Status where nothing was that has a body. @throws StatusError */
export type Post = (context: RegistryContext, target: Target, body: Body, request: WriteRequest) => Promise<KubeObject>;

export type Undo = () => Promise<void>;
