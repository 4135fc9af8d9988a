import { StatusError } from '../../kube/status-error';

/** What a request is about, parsed once; routing and authorization both go by this and never by the raw URL. */
export interface RequestInfo {
  method: string;
  /** The path as it was sent, without the query. */
  path: string;
  /** Decoded path segments. */
  segments: string[];
  query: URLSearchParams;
  /** get, list, watch, create, update, patch, delete, deletecollection; the lowercase method off the resource paths. */
  verb: string;
  resource?: ResourceInfo;
}

export interface ResourceInfo {
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  /** From the path; of a list or watch by `metadata.name`, from the field selector. */
  name?: string;
  subresource?: string;
}

/** What runs something in a container is a write, whatever the method of its handshake. */
const connects = ['attach', 'exec', 'portforward'];
const namespaceSubresources = ['status', 'finalize'];

/** @throws StatusError 400 for a path with empty, dot or encoded-slash segments, or with bad escapes. */
export function parseRequest(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const segments = parsePath(path);
  const resource = resourceOf(segments);
  return { method, path, segments, query, resource, verb: verbOf(method, query, resource) };
}

function parsePath(path: string): string[] {
  const bad = (why: string) => new StatusError('BadRequest', `path ${JSON.stringify(path.slice(0, 256))} ${why}`);
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  if (!trimmed.startsWith('/')) throw bad('does not begin with a slash');
  if (trimmed === '/') return [];
  return trimmed
    .slice(1)
    .split('/')
    .map((raw) => {
      let segment: string;
      try {
        segment = raw.includes('%') ? decodeURIComponent(raw) : raw;
      } catch {
        throw bad('has an escape that cannot be decoded');
      }
      if (segment === '') throw bad('has an empty segment');
      if (segment === '.' || segment === '..') throw bad('has a dot segment');
      if (/[/\\\0]/.test(segment)) throw bad('has an encoded slash, backslash or zero byte');
      return segment;
    });
}

function resourceOf(segments: string[]): ResourceInfo | undefined {
  const [root, ...rest] = segments;
  let group = '';
  if (root === 'apis') group = rest.shift() ?? '';
  else if (root !== 'api') return undefined;
  const version = rest.shift();
  const first = rest.shift();
  if (!version || !first) return undefined;
  const [second, third, ...after] = rest;
  const base = { group, version };
  if (first === 'namespaces' && second !== undefined) {
    if (third === undefined || (namespaceSubresources.includes(third) && after.length === 0)) {
      return { ...base, plural: 'namespaces', name: second, subresource: third };
    }
    const [name, ...sub] = after;
    return { ...base, plural: third, namespace: second, name, subresource: sub.length ? sub.join('/') : undefined };
  }
  const sub = third === undefined ? undefined : [third, ...after].join('/');
  return { ...base, plural: first, name: second, subresource: sub };
}

function verbOf(method: string, query: URLSearchParams, resource: ResourceInfo | undefined): string {
  if (!resource) return method.toLowerCase();
  const named = resource.name !== undefined;
  const { group, plural, subresource = '' } = resource;
  if (group === '' && plural === 'pods' && connects.includes(subresource)) return 'create';
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (named) return 'get';
      resource.name = nameInSelector(query.get('fieldSelector'));
      return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}

/** The one name that a selector such as `metadata.name=a` asks for. */
function nameInSelector(selector: string | null): string | undefined {
  return /^metadata\.name==?([a-z0-9][-.a-z0-9]*)$/.exec(selector ?? '')?.[1];
}
