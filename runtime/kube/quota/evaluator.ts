import type { ScopedResourceSelectorRequirement } from '../generated/types';
import type { AnyObject } from '../object';
import type { Amounts } from '../pod-resources';

/** How the objects of one resource count against quotas. */
export interface QuotaEvaluator {
  /** Whether it is what counts this name of a quota's `hard`. No name is counted by two evaluators. */
  counts(name: string): boolean;
  /** What an object uses, by the names that are counted. `now` in milliseconds. */
  usage(object: AnyObject, now: number): Amounts;
  /** Whether an update is charged, and not only a create. */
  charges(operation: 'CREATE' | 'UPDATE', subresource: string | undefined): boolean;
  /** Whether an update takes an object from one scope to another, so that other quotas are to be charged. @default no */
  changesScope?(object: AnyObject, old: AnyObject): boolean;
  /** Whether an object is in a scope. @default no: a quota with a scope concerns other objects */
  inScope?(scope: ScopedResourceSelectorRequirement, object: AnyObject): boolean;
  /** What an object must say and does not, where any of `names` is counted: `must specify cpu for: main`. */
  missing?(names: readonly string[], object: AnyObject): string | undefined;
}
