import type { ManagedFieldsEntry } from '../generated/types';
import type { AnyObject } from '../object';
import type { StructuralSchema } from '../schema';
import { compile } from '../schema-engine/compile';
import { compare, isSame } from './compare';
import { EMPTY, isEmptySet, union } from './field-set';
import { withoutManagedFields } from './managed-object';
import { decodeManagers, encodeManagers, type Manager, sameManager } from './managers';
import { withoutChanged } from './ownership';
import { changeInEachVersion, type OtherVersions } from './versions';

export interface TrackUpdateOptions {
  schema: StructuralSchema;
  /** The object as it is stored; undefined on create. */
  live: AnyObject | undefined;
  /** The object as it will be stored: defaulted, with what the path may not write restored. */
  updated: AnyObject;
  /** The field manager's name. */
  manager: string;
  /** The time for managedFields, as RFC 3339 with whole seconds. */
  now: string;
  /** `status`, `scale`; empty for the object itself. @default '' */
  subresource?: string;
  /** The version that the client wrote. @default that of `updated` */
  apiVersion?: string;
  /** Of a kind with several versions: the others. @default every manager's fields are named as in `schema` */
  versions?: OtherVersions;
}

/**
 * The managedFields after a write that is no apply: who wrote owns what changed, and nobody owns what went away.
 * Entries in `updated` count where they are well-formed, so that a client may edit them; `[]` and `[{}]` forget them
 * all, and from then on nobody is recorded before the next apply. Through a subresource those of the live object count.
 */
export function trackUpdate(options: TrackUpdateOptions): ManagedFieldsEntry[] | undefined {
  const { live, updated, manager, now, subresource = '' } = options;
  const managers = startingManagers(live, updated, subresource !== '');
  if (live && managers.length === 0) return undefined;
  const node = compile(options.schema);
  const before = live
    ? withoutManagedFields(live)
    : { apiVersion: updated.apiVersion, kind: updated.kind, metadata: {} };
  const change = compare(node, before, withoutManagedFields(updated));
  if (isSame(change)) return encodeManagers(managers);

  const apiVersion = options.apiVersion ?? updated.apiVersion;
  const changeFor = changeInEachVersion(change, apiVersion, before, withoutManagedFields(updated), options.versions);
  const changed = union(change.modified, change.added);
  const remaining = withoutChanged(managers, changeFor);
  const identity = {
    manager,
    operation: 'Update' as const,
    apiVersion,
    subresource,
  };
  const own = remaining.find((m) => sameManager(m, identity));
  if (isEmptySet(changed)) return encodeManagers(remaining);
  return encodeManagers([
    ...remaining.filter((m) => m !== own),
    { ...identity, time: now, fields: union(own?.fields ?? EMPTY, changed) },
  ]);
}

function startingManagers(live: AnyObject | undefined, updated: AnyObject, fromLive: boolean): Manager[] {
  const liveManagers = () => decodeManagers(live?.metadata.managedFields) ?? [];
  if (fromLive) return liveManagers();
  const entries = updated.metadata.managedFields;
  if (entries?.every((entry) => Object.keys(entry ?? {}).length === 0) && entries.length < 2) return [];
  const managers = decodeManagers(entries);
  return managers?.length ? managers : liveManagers();
}
