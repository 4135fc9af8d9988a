import type { JSONSchemaProps } from './generated/types';
import type { AnyObject, KubeObject } from './object';
import type { Resource } from './resource';
import type { StructuralSchema } from './schema';

/** One field's problem, in the form of Kubernetes' field errors: `spec.replicas: Invalid value: -1: must be …`. */
export interface FieldError {
  type:
    | 'Required'
    | 'Invalid'
    | 'NotSupported'
    | 'Duplicate'
    | 'Forbidden'
    | 'TooLong'
    | 'TooMany'
    | 'TypeInvalid'
    | 'NotFound'
    | 'InternalError';
  /** Path in Kubernetes' notation: `spec.containers[0].image`, `metadata.labels[a/b]`. */
  field: string;
  /** The value received, where the form shows it. */
  value?: unknown;
  detail?: string;
}

/** A column of `kubectl get`. `priority` 0 shows always, 1 with `-o wide`. */
export interface PrinterColumn<T extends KubeObject = KubeObject> {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description: string;
  priority: number;
  /** The cell; `now` is given so that ages stay pure. */
  cell(object: T, now: number): string | number | boolean | null;
}

/**
 * How the objects of a kind stand in the store, where that is not the way they are sent: in another version (another
 * group too), or as an older definition of the kind wrote them. Both functions are pure and cheap enough for every read.
 */
export interface KindStorage {
  /** The resource under whose group and plural the objects are kept, in the version in which they are written. */
  resource: Resource;
  /**
   * A stored object, in whatever version it was once written, as this kind shows it. Owns `object` and may change it;
   * giving back `undefined` says that it is as stored, byte for byte.
   */
  read(object: AnyObject): AnyObject | undefined;
  /** An object of this kind as it is to be stored. Does not touch `object`, but what it gives may share with it. */
  write(object: AnyObject): AnyObject;
}

/** What is known of a custom kind beyond what every kind says. */
export interface CustomKind {
  /** The name of its CustomResourceDefinition. */
  definition: string;
  /** The schema as its definition has it, which is what clients are shown. */
  published: JSONSchemaProps;
  /**
   * What an object must have to be read at all (400); what breaks the kind's own schema is told with all other rules
   * (422).
   */
  decodeSchema: StructuralSchema;
}

/** A way to write one part of an object: the status is one, and a kind may have more (`approval`). */
export interface WritePath<T extends KubeObject = AnyObject> {
  /** Restores what this path may not touch. In place. */
  prepareForUpdate?(object: T, old: T): void;
  validateUpdate?(object: T, old: T): FieldError[];
  warnings?(object: T): string[];
}

/**
 * A kind in one version: where it is served, its structural schema, and what the schema cannot say.
 * Every function is pure. The generic registry of the API server knows nothing else of a kind.
 */
export interface Kind<T extends KubeObject = AnyObject> {
  resource: Resource<T>;
  singular: string;
  /** The kind of its lists. @default the kind with `List` behind it */
  listKind?: string;
  shortNames: string[];
  categories: string[];
  schema: StructuralSchema;
  /** Subresources served beside the object itself. */
  subresources: { status?: boolean; scale?: { specReplicas: string; statusReplicas: string; selector: string } };
  /** Whether a deletion that says nothing of dependents lets them stay. @default no: they go in the background */
  orphansDependents?: boolean;
  /** Verbs served; all eight unless said. */
  verbs?: string[];
  /** Fills defaults in place, after the schema's own; must be idempotent. */
  applyDefaults?(object: T): void;
  /** After a create is defaulted and admitted, before it is validated: clears status, sets what only the server sets. In place. */
  prepareForCreate?(object: T): void;
  /** The same for an update: restores what this path may not touch, bumps generation when spec changed. In place. */
  prepareForUpdate?(object: T, old: T): void;
  /** The same for the status subresource. */
  prepareForStatusUpdate?(object: T, old: T): void;
  /** What of metadata a write of the status leaves as it was, so that nobody owns it by that. @default nothing */
  statusKeeps?: 'metadata' | 'labels';
  /** The rules for the object itself; `old` is what an update changes. */
  validate?(object: T, old?: T): FieldError[];
  validateUpdate?(object: T, old: T): FieldError[];
  validateStatusUpdate?(object: T, old: T): FieldError[];
  /** Subresources beside status through which a part of the object is written, by name. They show the whole object. */
  writePaths?: Record<string, WritePath<T>>;
  /** Whether a replacement (PUT) of what is not there creates it. @default false */
  replaceCreates?: boolean;
  /** Whether a replacement (PUT) must say which version of the object it replaces. @default false */
  replaceNeedsVersion?: boolean;
  /** Why an object may not be deleted, whoever asks; undefined for one that may. */
  refuseDelete?(object: T): string | undefined;
  /** Warnings to the client (`Warning` header), on create and update; `old` is what an update changes. */
  warnings?(object: T, old?: T): string[];
  /** Told in the `Warning` header of every answer: that this version is on its way out, and what to use instead. */
  deprecation?: string;
  columns: PrinterColumn<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace: field → value. */
  selectableFields?: Record<string, (object: T) => string>;
  /**
   * Set where objects are not stored as they are sent. Two kinds with the same `storage.resource` group and plural are
   * versions of one another: the same objects, the same revisions, the same watch events, each in its own words.
   * @default stored as sent, under the kind's own resource
   */
  storage?: KindStorage;
  /** Set for a custom kind. @default a built-in one */
  custom?: CustomKind;
}
