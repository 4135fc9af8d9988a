import { isObjectValue, Unknown, type Value } from '../protocol/value';

/** A plan with null where a value is still to be found out, as far as Terraform leaves any unknown by then. */
export function knownOf<T>(plan: unknown): T {
  return withoutUnknown(plan as Value) as T;
}

function withoutUnknown(value: Value): Value {
  if (value === Unknown) return null;
  if (Array.isArray(value)) return value.map(withoutUnknown);
  if (!isObjectValue(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutUnknown(each)]));
}

/** A number that came as Terraform's, which may be of any size. */
export function numberOf(value: number | bigint): number {
  return Number(value);
}

export function labelMap(labels: readonly { label: string; value: string }[] | null): Record<string, string> {
  return Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value]));
}

export function labelSet(labels: Record<string, string> | null | undefined): { label: string; value: string }[] {
  return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}

const nanoseconds: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Go's notation of a duration in nanoseconds. */
export function parseDuration(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (nanoseconds[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}

/** A duration in Go's notation, in the form that Go prints. */
export function formatDuration(ns: number): string {
  if (ns === 0) return '0s';
  if (ns < 1e9) return ns % 1e6 === 0 ? `${ns / 1e6}ms` : ns % 1e3 === 0 ? `${ns / 1e3}µs` : `${ns}ns`;
  const hours = Math.floor(ns / 3600e9);
  const minutes = Math.floor((ns % 3600e9) / 60e9);
  const seconds = (ns % 60e9) / 1e9;
  return `${hours ? `${hours}h` : ''}${hours || minutes ? `${minutes}m` : ''}${seconds}s`;
}
