/** A span of time as Go writes it, and so Kubernetes' JSON: `1m2.5s`, `15s`, `250ms`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms) / 1000;
  const minutes = Math.floor(seconds / 60);
  const rest = Number((seconds % 60).toFixed(3));
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h${minutes % 60}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
