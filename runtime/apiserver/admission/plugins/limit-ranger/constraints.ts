import { compareQuantities, formatQuantity, parseQuantity, type QuantityLike } from '../../../../kube/quantity';

/** What a container, a pod or a claim asks for. */
export interface Asked {
  requests?: Readonly<Record<string, QuantityLike>>;
  limits?: Readonly<Record<string, QuantityLike>>;
}

/** What is wrong, in Kubernetes' words; undefined where nothing is. */
type Verdict = string | undefined;

export function checkMin(type: string, name: string, bound: QuantityLike, { requests, limits }: Asked): Verdict {
  const least = `minimum ${name} usage per ${type} is ${text(bound)}`;
  const request = requests?.[name];
  const limit = limits?.[name];
  if (request === undefined) return `${least}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${least}, but request is ${text(request)}`;
  if (limit !== undefined && compareQuantities(limit, bound) < 0) return `${least}, but limit is ${text(limit)}`;
  return undefined;
}

export function checkMax(type: string, name: string, bound: QuantityLike, { requests, limits }: Asked): Verdict {
  const most = `maximum ${name} usage per ${type} is ${text(bound)}`;
  const request = requests?.[name];
  const limit = limits?.[name];
  if (limit === undefined) return `${most}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${most}, but limit is ${text(limit)}`;
  if (request !== undefined && compareQuantities(request, bound) > 0) return `${most}, but request is ${text(request)}`;
  return undefined;
}

/** The same for what has requests only: storage. */
export function checkMaxRequest(type: string, name: string, bound: QuantityLike, { requests }: Asked): Verdict {
  const most = `maximum ${name} usage per ${type} is ${text(bound)}`;
  const request = requests?.[name];
  if (request === undefined) return `${most}.  No request is specified`;
  return compareQuantities(request, bound) > 0 ? `${most}, but request is ${text(request)}` : undefined;
}

/** How many times a request its limit may be. */
export function checkRatio(type: string, name: string, bound: QuantityLike, { requests, limits }: Asked): Verdict {
  const most = `${name} max limit to request ratio per ${type} is ${text(bound)}`;
  const request = parseQuantity(requests?.[name] ?? 0).nano;
  const limit = parseQuantity(limits?.[name] ?? 0).nano;
  if (request === 0n) return `${most}, but no request is specified or request is 0`;
  if (limit === 0n) return `${most}, but no limit is specified or limit is 0`;
  if (limit * parseQuantity(1).nano <= request * parseQuantity(bound).nano) return undefined;
  return `${most}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`;
}

function text(value: QuantityLike): string {
  return formatQuantity(parseQuantity(value));
}
