const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Milliseconds since the epoch of an RFC 3339 time; undefined for any other text. */
export function parseTimestamp(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A `Time` as Kubernetes writes it: UTC, whole seconds. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A `MicroTime` as Kubernetes writes it: UTC, six digits of a second. */
export function formatMicroTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/Z$/, '000Z');
}

/** The text that Kubernetes would give back for a time; the same text where it is none. */
export function canonicalTime(text: string, format: string): string {
  if (format === 'date-time') {
    if (CANONICAL.test(text)) return text;
    const time = parseTimestamp(text);
    return time === undefined ? text : formatTime(Math.floor(time / 1000) * 1000);
  }
  const match = RFC3339.exec(text);
  const time = parseTimestamp(text);
  if (!match || time === undefined) return text;
  const micros = (match[7] ?? '').padEnd(6, '0').slice(0, 6);
  return `${formatTime(Math.floor(time / 1000) * 1000).slice(0, -1)}.${micros}Z`;
}
