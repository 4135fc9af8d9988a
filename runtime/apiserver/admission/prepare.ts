import { invalidObject } from '../../kube/field-errors';
import type { ObjectMeta, OwnerReference } from '../../kube/generated/types';
import type { FieldError, Kind } from '../../kube/kind';
import { generateName } from '../../kube/names';
import type { AnyObject } from '../../kube/object';
import type { Resource } from '../../kube/resource';
import { applySchemaDefaults, cloneJson, equalJson, type KeyInText } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { type AdmissionChain, defaultChain } from './chain';
import { decodeObject, type FieldValidation } from './decode';
import { type AdmissionLookups, type AdmissionRequest, offline } from './plugin';
import { redact } from './redact';

/** Circumstances of a write. Everything is optional: what is left out is not checked or not known. */
export interface WriteContext {
  /** The namespace of the request's path; an object that names none gets it. */
  namespace?: string;
  /** The name in the request's path. */
  name?: string;
  /** @default 'Warn', as Kubernetes' server */
  fieldValidation?: FieldValidation;
  /** What is said of keys that the request's text held twice. */
  duplicates?: readonly string[];
  /** The request's keys in their order, where some stand twice. */
  keys?: readonly KeyInText[];
  /** The path that an update comes by; `status` keeps everything but the status as it was. */
  subresource?: string;
  user?: { name: string; groups: string[] };
  /** @default nothing is known of the cluster */
  lookups?: AdmissionLookups;
  /** @default the plug-ins that are on by default */
  admission?: AdmissionChain;
  /** Told what the client should be warned of once the write is validated. */
  warn?(text: string): void;
  /** Told what belongs into the audit record of the write. */
  annotate?(key: string, value: string): void;
  /** Told of a new object as its client wants it, defaults filled in: before admission adds to it. */
  wanted?(object: AnyObject): void;
  /** 0 ≤ random < 1; makes the name that `generateName` asks for. Without it the object stays without a name. */
  random?(): number;
}

export interface Prepared {
  /** The object as it is to be stored, but for what only the server gives (uid, creationTimestamp, addresses). */
  object: AnyObject;
  /** For the `Warning` header. */
  warnings: string[];
}

/**
 * Everything that happens to a new object between the wire and the store: unknown fields, types, defaults, admission,
 * the kind's strategy, validation. The API server runs this on each create, and the Terraform provider at plan, so
 * that what is planned is what is stored. `input` is not changed.
 *
 * @throws StatusError BadRequest (types, unknown fields with Strict), NotFound or Forbidden (admission),
 *   Invalid with a cause for each broken rule
 */
export function prepareCreate(kind: Kind, input: unknown, context: WriteContext = {}): Prepared {
  const prepared = admitCreate(kind, input, context);
  validateCreate(kind, prepared.object, collecting(prepared, context));
  return prepared;
}

/** The first half of `prepareCreate`: all but validation. The server allocates addresses and ports between the two. */
export function admitCreate(kind: Kind, input: unknown, context: WriteContext = {}): Prepared {
  const { object, warnings } = decode(kind, input, context);
  const { metadata } = object;
  if (Number(metadata.resourceVersion) > 0) {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  // kubectl's own generators once wrote a null here.
  if (!metadata.creationTimestamp) delete metadata.creationTimestamp;
  if (!metadata.name && metadata.generateName && context.random) {
    metadata.name = generateName(metadata.generateName, context.random);
  }
  applyDefaults(kind, object);
  context.wanted?.(object);
  const request = admissionRequest('CREATE', kind.resource, object, undefined, collecting({ warnings }, context));
  chainOf(context).mutate(request);
  kind.prepareForCreate?.(object);
  dropUndefined(object);
  return { object, warnings: [...warnings, ...warningsOf(kind, object)] };
}

function warningsOf(kind: Kind, object: AnyObject, old?: AnyObject): string[] {
  return [...(kind.deprecation ? [kind.deprecation] : []), ...(kind.warnings?.(object, old) ?? [])];
}

/** The second half of `prepareCreate`: the kind's rules, then admission's. @throws StatusError Invalid, Forbidden */
export function validateCreate(kind: Kind, object: AnyObject, context: WriteContext = {}): void {
  throwIfInvalid(kind, object, kind.validate?.(object) ?? []);
  chainOf(context).validate(admissionRequest('CREATE', kind.resource, object, undefined, context));
}

/**
 * The same for the new content of an object that is stored as `old` (complete, as the server returns it).
 * Neither `input` nor `old` is changed.
 */
export function prepareUpdate(kind: Kind, input: unknown, old: AnyObject, context: WriteContext = {}): Prepared {
  const prepared = admitUpdate(kind, input, old, context);
  validateUpdate(kind, prepared.object, old, collecting(prepared, context));
  return prepared;
}

/** The first half of `prepareUpdate`: all but validation. */
export function admitUpdate(kind: Kind, input: unknown, old: AnyObject, context: WriteContext = {}): Prepared {
  const { object, warnings } = decode(kind, input, context);
  // Strategies hand parts of the old object on, and callers keep theirs frozen.
  const before = cloneJson(old);
  restoreSystemFields(object, before);
  applyDefaults(kind, object);
  const request = admissionRequest('UPDATE', kind.resource, object, before, collecting({ warnings }, context));
  chainOf(context).mutate(request);
  if (context.subresource === 'status') {
    kind.prepareForStatusUpdate?.(object, before);
    keepMetadata(kind, object, before);
    dropUndefined(object);
    return { object, warnings };
  }
  const path = context.subresource && kind.writePaths?.[context.subresource];
  if (path) {
    path.prepareForUpdate?.(object, before);
    dropUndefined(object);
    return { object, warnings: [...warnings, ...(path.warnings?.(object) ?? [])] };
  }
  kind.prepareForUpdate?.(object, before);
  dropUndefined(object);
  return { object, warnings: [...warnings, ...warningsOf(kind, object, old)] };
}

/** The second half of `prepareUpdate`. @throws StatusError Invalid, Forbidden */
export function validateUpdate(kind: Kind, object: AnyObject, old: AnyObject, context: WriteContext = {}): void {
  throwIfInvalid(kind, object, updateErrors(kind, object, old, context.subresource));
  chainOf(context).validate(admissionRequest('UPDATE', kind.resource, object, old, context));
}

function updateErrors(kind: Kind, object: AnyObject, old: AnyObject, subresource: string | undefined): FieldError[] {
  if (subresource === 'status') return kind.validateStatusUpdate?.(object, old) ?? [];
  const path = subresource && kind.writePaths?.[subresource];
  if (path) return path.validateUpdate?.(object, old) ?? [];
  return [...(kind.validate?.(object, old) ?? []), ...(kind.validateUpdate?.(object, old) ?? [])];
}

function decode(kind: Kind, input: unknown, context: WriteContext): Prepared {
  const decoded = decodeObject(kind, cloneJson(input), context.fieldValidation ?? 'Warn', context);
  const { metadata } = decoded.object;
  // As in Kubernetes, a namespace of what has none is left out.
  if (!kind.resource.namespaced) delete metadata.namespace;
  else if (context.namespace) {
    metadata.namespace ||= context.namespace;
    if (metadata.namespace !== context.namespace) {
      const why = 'the namespace of the provided object does not match the namespace sent on the request';
      throw new StatusError('BadRequest', why);
    }
  }
  const twice = dropDuplicateOwners(metadata);
  if (twice.length) decoded.warnings.push(`${duplicateOwners}; duplicate UID(s) observed: ${twice.join(', ')}`);
  if (context.name) {
    metadata.name ||= context.name;
    if (metadata.name !== context.name) {
      const why = `the name of the object (${metadata.name}) does not match the name on the URL (${context.name})`;
      throw new StatusError('BadRequest', why);
    }
  }
  return decoded;
}

const duplicateOwners =
  '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests';

/** Takes owners out that stand in the list before, in place. @returns their uids */
function dropDuplicateOwners(metadata: ObjectMeta): string[] {
  const owners = metadata.ownerReferences ?? [];
  const isRepeated = (owner: OwnerReference, at: number) =>
    owners.findIndex((other) => other.uid === owner.uid && equalJson(other, owner)) < at;
  const twice = owners.filter(isRepeated);
  if (twice.length) metadata.ownerReferences = owners.filter((owner, at) => !isRepeated(owner, at));
  return twice.map(({ uid }) => uid);
}

function applyDefaults(kind: Kind, object: AnyObject): void {
  applySchemaDefaults(kind.schema, object);
  kind.applyDefaults?.(object);
}

/** What users may leave out or never set: identity, the count of changes, the marks of a deletion. */
function restoreSystemFields({ metadata }: AnyObject, { metadata: old }: AnyObject): void {
  metadata.uid ||= old.uid;
  metadata.creationTimestamp ||= old.creationTimestamp;
  for (const key of ['generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const) {
    if (old[key] === undefined) delete metadata[key];
    else Object.assign(metadata, { [key]: old[key] });
  }
}

/** What of metadata is not the status path's to write. */
function keepMetadata({ statusKeeps }: Kind, { metadata }: AnyObject, { metadata: old }: AnyObject): void {
  if (!statusKeeps) return;
  const { labels, annotations, finalizers, ownerReferences } = old;
  Object.assign(metadata, statusKeeps === 'labels' ? { labels } : { labels, annotations, finalizers, ownerReferences });
}

/** Strategies may set fields to undefined; an object is to be what its JSON says. */
function dropUndefined(value: object): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) dropUndefined(item);
    return;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const item = fields[key];
    if (item === undefined) delete fields[key];
    else if (typeof item === 'object' && item !== null) dropUndefined(item);
  }
}

/** A write as plug-ins see it. */
export function admissionRequest(
  operation: AdmissionRequest['operation'],
  resource: Resource,
  object: AnyObject | undefined,
  oldObject: AnyObject | undefined,
  context: WriteContext,
): AdmissionRequest {
  const { subresource, user, lookups = offline, warn = () => {}, annotate = () => {} } = context;
  const { namespace = context.namespace, name = context.name ?? '' } = (object ?? oldObject)?.metadata ?? {};
  return { operation, resource, subresource, namespace, name, object, oldObject, user, lookups, warn, annotate };
}

function chainOf({ admission = defaultChain }: WriteContext): AdmissionChain {
  return admission;
}

/** The same circumstances, with warnings kept beside what is prepared. */
function collecting({ warnings }: Pick<Prepared, 'warnings'>, context: WriteContext): WriteContext {
  return { ...context, warn: (text) => warnings.push(text) };
}

function throwIfInvalid(kind: Kind, object: AnyObject, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  // A rule of the object and the same rule of its update are one problem.
  const distinct = [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()];
  throw invalidObject(kind.resource.group, kind.resource.kind, object.metadata.name ?? '', redact(kind, distinct));
}
