import type { RequestInfo } from '../http/request-info';

/** As in Kubernetes. */
const objectsPerSeat = 100;
const maxSeats = 10;

/**
 * How many seats a request takes: one stands for about a millisecond of the server's one thread. What reads or sends
 * many objects takes more.
 * @param count how many objects the resource has
 */
export function seatsOf({ verb, resource, query }: RequestInfo, count: number): number {
  if (!resource || resource.name !== undefined) return 1;
  if (verb !== 'list' && verb !== 'deletecollection' && !sendsState(verb, query)) return 1;
  return Math.min(maxSeats, Math.max(1, Math.ceil(looked(query, count) / objectsPerSeat)));
}

/** Whether a watch begins with the objects as they are. */
function sendsState(verb: string, query: URLSearchParams): boolean {
  if (verb !== 'watch') return false;
  const initial = query.get('sendInitialEvents');
  if (initial) return initial === 'true' || initial === '1';
  return ['', '0'].includes(query.get('resourceVersion') ?? '');
}

/** Selectors look at more objects than a page has. */
function looked(query: URLSearchParams, count: number): number {
  const limit = Number(query.get('limit')) || 0;
  if (limit <= 0) return count;
  return Math.min(count, query.get('labelSelector') || query.get('fieldSelector') ? 2 * limit : limit);
}
