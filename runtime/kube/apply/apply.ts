import type { AnyObject } from '../object';
import type { StructuralSchema } from '../schema';
import { compile, type SchemaNode } from '../schema-engine/compile';
import { isObject } from '../schema-engine/walk';
import { StatusError } from '../status-error';
import { checkListKeys } from './check-applied';
import { compare, isSame } from './compare';
import { conflictError } from './conflicts';
import { difference, EMPTY, equalSets, type FieldSet, intersection, isEmptySet, isSubset, union } from './field-set';
import { fieldsOf } from './fields-of';
import { fieldsFromClientSideApply, withLastApplied } from './last-applied';
import { withManagedFields, withoutManagedFields } from './managed-object';
import { decodeManagers, encodeManagers, type Manager, ownable, sameManager } from './managers';
import { mergeApplied } from './merge';
import { findConflicts, withoutChanged } from './ownership';
import { removeFields, withNamedFields } from './remove';
import { changeInEachVersion, type OtherVersions } from './versions';

export interface ApplyOptions {
  schema: StructuralSchema;
  /** The object as it is stored; undefined where there is none yet. */
  live: AnyObject | undefined;
  /** What the client states, normalized but not defaulted: fields it leaves out are not its business. */
  applied: AnyObject;
  /** The field manager's name, never empty. */
  manager: string;
  /** Takes fields over from others instead of answering with a conflict. */
  force?: boolean;
  /** The time for managedFields, as RFC 3339 with whole seconds. */
  now: string;
  /** `status`, `scale`; empty for the object itself. @default '' */
  subresource?: string;
  /** The version that the client applies. @default that of `applied` */
  apiVersion?: string;
  /** Of a kind with several versions: the others. @default every manager's fields are named as in `schema` */
  versions?: OtherVersions;
  /** Fields that this path may not write, such as `status` on the object itself, or `metadata.labels`. @default none */
  ignored?: readonly string[];
}

/** kubectl's name for itself on server-side apply; it alone may take over from client-side apply. */
const KUBECTL = 'kubectl';
const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * Server-side apply. Gives the object with the applied fields as stated, with fields that this manager stated before
 * and states no more taken away unless others own them, and with its managedFields. Where nothing changes, what it
 * gives equals `live`, times included. It is not defaulted or validated yet.
 *
 * @throws StatusError Conflict where others own a field that would change, one cause a field;
 *   BadRequest where list items lack their keys or stand twice.
 */
export function apply(options: ApplyOptions): AnyObject {
  const { manager, force = false, now, subresource = '', ignored = [] } = options;
  const node = compile(options.schema);
  const applied = withoutFields(withoutManagedFields(options.applied), ignored);
  if (options.applied.metadata.managedFields?.length) {
    throw new StatusError('BadRequest', 'metadata.managedFields must be nil');
  }
  checkListKeys(node, applied);

  const identity = {
    manager,
    operation: 'Apply' as const,
    apiVersion: options.apiVersion ?? applied.apiVersion,
    subresource,
  };
  const live = options.live && withoutManagedFields(options.live);
  const managers = liveManagers(node, options.live, identity.apiVersion, now);
  const previous = managers.find((m) => sameManager(m, identity));
  const others = managers.filter((m) => m !== previous);
  const stated = fieldsOf(node, applied);

  const merged = live ? (mergeApplied(node, live, applied) as AnyObject) : applied;
  const pruned = pruneAsLastApplied(options.versions, node, merged, applied, previous, others);
  // Pruning takes the maps that it empties with it, also where an empty one is stated.
  const object = pruned === merged ? merged : (mergeApplied(node, pruned, applied) as AnyObject);
  const change = compare(node, live ?? emptyLike(applied), object);

  const changeFor = changeInEachVersion(
    change,
    identity.apiVersion,
    live ?? emptyLike(applied),
    object,
    options.versions,
  );
  const conflicts = findConflicts(others, changeFor);
  if (conflicts.length > 0 && !force && !allComeFromClientSideApply(node, manager, options.live, conflicts)) {
    throw conflictError(conflicts);
  }

  const fields = ownable(stated);
  const unchanged =
    previous?.apiVersion === identity.apiVersion && isSame(change) && equalSets(fields, previous.fields);
  const own = { ...identity, time: unchanged ? previous.time : now, fields };
  const entries = encodeManagers([...withoutChanged(others, changeFor), own]);
  return withManagedFields(manager === KUBECTL ? withLastApplied(object, applied) : object, entries);
}

/** An object that nobody tracked gets one manager for all it has, so that the first apply meets conflicts, not chaos. */
function liveManagers(node: SchemaNode, live: AnyObject | undefined, apiVersion: string, now: string): Manager[] {
  if (!live) return [];
  const managers = decodeManagers(live.metadata.managedFields) ?? [];
  if (managers.length > 0) return managers;
  const { added } = compare(node, emptyLike(live), withoutManagedFields(live));
  return [{ manager: BEFORE_FIRST_APPLY, operation: 'Update', apiVersion, subresource: '', time: now, fields: added }];
}

function allComeFromClientSideApply(
  node: SchemaNode,
  manager: string,
  live: AnyObject | undefined,
  conflicts: ReturnType<typeof findConflicts>,
): boolean {
  if (manager !== KUBECTL || !live) return false;
  const allowed = fieldsFromClientSideApply(node, live);
  return !isEmptySet(allowed) && conflicts.every(({ fields }) => isSubset(fields, allowed));
}

/** `prune`, in the version in which the manager applied last: its fields are named in the words of that one. */
function pruneAsLastApplied(
  versions: OtherVersions | undefined,
  node: SchemaNode,
  merged: AnyObject,
  applied: AnyObject,
  previous: Manager | undefined,
  others: readonly Manager[],
): AnyObject {
  const before = previous?.fields ?? EMPTY;
  const other = previous && previous.apiVersion !== merged.apiVersion ? versions?.(previous.apiVersion) : undefined;
  if (!other) return prune(node, merged, before, fieldsOf(node, applied), others);
  const there = compile(other.schema);
  return other.from(prune(there, other.to(merged), before, fieldsOf(there, other.to(applied)), others));
}

/**
 * Takes away what the manager stated before and nobody states now. What it only held others' fields in stays: a field
 * goes if it was the manager's, or is a struct that held only the manager's fields.
 */
function prune(
  node: SchemaNode,
  merged: AnyObject,
  before: FieldSet,
  stated: FieldSet,
  others: readonly Manager[],
): AnyObject {
  if (isSubset(before, stated)) return merged;
  const named = (set: FieldSet) => withNamedFields(node, set);
  const last = named(before);
  const owned = named(others.reduce((all, { fields }) => union(all, fields), stated));
  const all = named(fieldsOf(node, merged));

  const withoutLast = removeFields(node, merged, last);
  const kept = union(named(fieldsOf(node, withoutLast ?? {})), owned);
  const withOwned = removeFields(node, merged, difference(all, kept));
  const gone = intersection(difference(all, named(fieldsOf(node, withOwned ?? {}))), last);
  return removeFields(node, merged, gone) as AnyObject;
}

function withoutFields(object: AnyObject, paths: readonly string[]): AnyObject {
  return paths.reduce((rest, path) => withoutField(rest, path.split('.')), object);
}

function withoutField<T extends object>(object: T, [first = '', ...below]: readonly string[]): T {
  if (!(first in object)) return object;
  const { [first]: value, ...rest } = object as Record<string, unknown>;
  return (below.length && isObject(value) ? { ...rest, [first]: withoutField(value, below) } : rest) as T;
}

function emptyLike({ apiVersion, kind }: AnyObject): AnyObject {
  return { apiVersion, kind, metadata: {} };
}
