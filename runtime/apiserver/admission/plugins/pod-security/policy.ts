import { invalid } from '../../../../kube/field-errors';
import type { FieldError } from '../../../../kube/kind';

/** The Pod Security Standards, from the least strict to the strictest. */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** A level as it was defined in Kubernetes 1.`version`; `latest` is that of this server. */
export interface LevelVersion {
  level: Level;
  version: number | 'latest';
}

/** What a namespace asks for: pods refused, put on record, warned of. */
export type Policy = Record<'enforce' | 'audit' | 'warn', LevelVersion>;

export const labelPrefix = 'pod-security.kubernetes.io/';

/** `restricted:v1.30`, as messages name it. */
export function policyText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** Negative, zero or positive as `a` is less strict, as strict, or stricter. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}

export function samePolicy(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/**
 * What a namespace's labels ask for. Labels that are wrong are told of, and then fail closed for `enforce` (the
 * strictest level) and open for the others. A level that is enforced is warned of too, unless the labels say otherwise.
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const modeOf = (mode: keyof Policy, fallback: Level): LevelVersion => ({
    level: readLevel(labels, mode, fallback, errors),
    version: readVersion(labels, `${mode}-version`, errors),
  });
  const enforce = modeOf('enforce', 'restricted');
  const enforceIsValid = errors.every(({ field }) => field !== fieldOf('enforce'));
  const audit = modeOf('audit', 'privileged');
  const warn = modeOf('warn', 'privileged');
  const has = (name: string) => Object.hasOwn(labels, labelPrefix + name);
  if (!has('warn') && has('enforce') && enforceIsValid && compareLevels(enforce.level, warn.level) > 0) {
    warn.level = enforce.level;
    if (!has('warn-version')) warn.version = enforce.version;
  }
  return { policy: { enforce, audit, warn }, errors };
}

/** The level that a label names; `fallback` where it names none that there is. */
function readLevel(
  labels: Readonly<Record<string, string>>,
  mode: string,
  fallback: Level,
  errors: FieldError[],
): Level {
  const value = labels[labelPrefix + mode];
  if (value === undefined) return 'privileged';
  const level = levels.find((known) => known === value);
  if (!level) errors.push(invalid(fieldOf(mode), value, `must be one of ${levels.join(', ')}`));
  return level ?? fallback;
}

function readVersion(
  labels: Readonly<Record<string, string>>,
  name: string,
  errors: FieldError[],
): LevelVersion['version'] {
  const value = labels[labelPrefix + name];
  if (value === undefined || value === 'latest') return 'latest';
  const minor = /^v1\.(0|[1-9]\d*)$/.exec(value)?.[1];
  if (minor !== undefined && Number.isSafeInteger(Number(minor))) return Number(minor);
  errors.push(invalid(fieldOf(name), value, 'must be "latest" or "v1.x"'));
  return 'latest';
}

function fieldOf(name: string): string {
  return `metadata.labels[${labelPrefix}${name}]`;
}
