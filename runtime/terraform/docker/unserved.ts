import type { Diagnostics } from '../protocol/diagnostics';
import { isObjectValue, type Value } from '../protocol/value';

/** An attribute of kreuzwerker/docker that is accepted in a configuration but not served, with what to do instead. */
export interface Unserved {
  /** Names of blocks and, last, the attribute. */
  readonly path: readonly string[];
  readonly instead: string;
  /** Values that change nothing and therefore are well. */
  readonly allowed?: readonly unknown[];
}

/** An error for each unserved attribute that `config` sets to anything that means something. */
export function refuseUnserved(
  name: string,
  unserved: readonly Unserved[],
  config: Record<string, unknown>,
  diagnostics: Diagnostics,
): void {
  for (const { path, instead, allowed = [false, ''] } of unserved) {
    for (const found of places(config as Value, path)) {
      if (found.value === null || allowed.includes(found.value)) continue;
      if (Array.isArray(found.value) && found.value.length === 0) continue;
      diagnostics.error(
        `${name}: ${path.join('.')} is not served`,
        `This provider (orlop.local/orlop/docker) does not serve ${path.join('.')}: ${instead} The provider kreuzwerker/docker serves it with the same configuration.`,
        found.path,
      );
    }
  }
}

function places(
  value: Value,
  path: readonly string[],
  at: (string | number)[] = [],
): { value: Value; path: (string | number)[] }[] {
  if (Array.isArray(value) && path.length > 0)
    return value.flatMap((each, index) => places(each, path, [...at, index]));
  const [step, ...rest] = path;
  if (step === undefined) return [{ value, path: at }];
  return isObjectValue(value) ? places(value[step] ?? null, rest, [...at, step]) : [];
}
