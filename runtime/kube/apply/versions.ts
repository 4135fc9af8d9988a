import type { AnyObject } from '../object';
import type { StructuralSchema } from '../schema';
import { compile } from '../schema-engine/compile';
import { type Comparison, compare } from './compare';
import type { Manager } from './managers';

/** Another version of the object that is written; its managers' fields are named in that version's words. */
export interface OtherVersion {
  schema: StructuralSchema;
  /** An object of the version that is written, in this one. Touches it not. */
  to(object: AnyObject): AnyObject;
  /** The way back. */
  from(object: AnyObject): AnyObject;
}

/** The versions beside the one that is written; undefined for one that is served no longer. */
export type OtherVersions = (apiVersion: string) => OtherVersion | undefined;

/** What a manager sees of a change, in its own version; undefined where that is served no longer. */
export type ChangeFor = (manager: Pick<Manager, 'apiVersion'>) => Comparison | undefined;

/** @param change the change in the version that is written, `apiVersion` */
export function changeInEachVersion(
  change: Comparison,
  apiVersion: string,
  before: AnyObject,
  after: AnyObject,
  versions: OtherVersions | undefined,
): ChangeFor {
  if (!versions) return () => change;
  const seen = new Map<string, Comparison | undefined>([[apiVersion, change]]);
  return (manager) => {
    if (!seen.has(manager.apiVersion)) {
      const other = versions(manager.apiVersion);
      seen.set(manager.apiVersion, other && compare(compile(other.schema), other.to(before), other.to(after)));
    }
    return seen.get(manager.apiVersion);
  };
}
