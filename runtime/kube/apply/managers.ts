import type { ManagedFieldsEntry } from '../generated/types';
import { difference, EMPTY, type FieldSet, inOrder, isEmptySet, isFieldSet, union } from './field-set';

/** Who owns which fields: one for each manager, operation, version and subresource. */
export interface Manager {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
  time: string | undefined;
  fields: FieldSet;
}

/** Two entries with the same identity are one manager; an applier is the same whatever version it applied. */
export function sameManager(a: Manager, b: Omit<Manager, 'fields' | 'time'>): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/**
 * Reads managedFields; undefined where an entry is none, as clients may write what they like. Of two entries that are
 * one manager, as after a renaming, the later one counts.
 */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Manager[] | undefined {
  const managers: Manager[] = [];
  for (const entry of entries ?? []) {
    const { operation, fieldsType, fieldsV1 = {} } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || (fieldsType ?? 'FieldsV1') !== 'FieldsV1')
      return undefined;
    if (!entry.apiVersion || !isFieldSet(fieldsV1)) return undefined;
    const manager: Manager = {
      manager: entry.manager ?? '',
      operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: fieldsV1,
    };
    const same = managers.findIndex((other) => sameManager(other, manager));
    if (same < 0) managers.push(manager);
    else managers[same] = manager;
  }
  return managers;
}

/** Fields that nobody owns: the object's identity and what only the server writes. */
const UNOWNED: FieldSet = {
  'f:apiVersion': EMPTY,
  'f:kind': EMPTY,
  'f:metadata': {
    '.': EMPTY,
    'f:name': EMPTY,
    'f:namespace': EMPTY,
    'f:creationTimestamp': EMPTY,
    'f:selfLink': EMPTY,
    'f:uid': EMPTY,
    'f:generation': EMPTY,
    'f:managedFields': EMPTY,
    'f:resourceVersion': EMPTY,
  },
};

/** A manager's fields without those that nobody owns. */
export function ownable(fields: FieldSet): FieldSet {
  return difference(fields, UNOWNED);
}

const ANCIENT = 'ancient-changes';
const MAX_UPDATE_MANAGERS = 10;

/** Writes managedFields: appliers first, then by time and name; undefined where nobody owns anything. */
export function encodeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] | undefined {
  const owning = capUpdateManagers(
    managers
      .map((manager) => ({ ...manager, fields: ownable(manager.fields) }))
      .filter((manager) => !isEmptySet(manager.fields)),
  );
  const sorted = owning.sort(
    (a, b) =>
      order(a.operation, b.operation) ||
      order(a.time ?? '', b.time ?? '') ||
      order(a.manager, b.manager) ||
      order(a.apiVersion, b.apiVersion) ||
      order(a.subresource, b.subresource),
  );
  if (sorted.length === 0) return undefined;
  return sorted.map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: inOrder(fields),
    ...(subresource === '' ? {} : { subresource }),
  }));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Folds the oldest updaters of a version into one, so that an object touched by many does not grow for ever. */
function capUpdateManagers(managers: Manager[]): Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  let excess = updaters.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return managers;
  updaters.sort((a, b) => order(a.time ?? '', b.time ?? '') || order(a.manager, b.manager));
  const gone = new Set<Manager>();
  const buckets = new Map<string, Manager>();
  for (const updater of updaters) {
    if (excess <= 0) break;
    const bucket = buckets.get(updater.apiVersion);
    if (!bucket) {
      buckets.set(updater.apiVersion, updater);
      continue;
    }
    bucket.manager = ANCIENT;
    bucket.subresource = '';
    bucket.fields = union(bucket.fields, updater.fields);
    bucket.time = updater.time;
    gone.add(updater);
    excess--;
  }
  return managers.filter((manager) => !gone.has(manager));
}
