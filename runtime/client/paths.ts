import type { ObjectKey } from '../kube/object';
import { apiVersionOf, type Resource } from '../kube/resource';
import { StatusError } from '../kube/status-error';
import type { DeleteQuery, ListQuery, WatchQuery, WriteOptions } from './client';

/** `/api/v1/namespaces/<ns>/pods` or `/apis/<group>/<version>/…`; without a namespace, the path across all of them. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = `${resource.group ? '/apis' : '/api'}/${apiVersionOf(resource)}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** @throws StatusError BadRequest when a namespaced object is named without its namespace. */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  if (resource.namespaced && !key.namespace) {
    throw new StatusError('BadRequest', 'an empty namespace may not be set when a resource name is provided');
  }
  if (!key.name) throw new StatusError('BadRequest', `${resource.kind}: name is required`);
  const tail = subresource ? `/${subresource}` : '';
  return `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}${tail}`;
}

/** Query string of a list or watch; empty, or starting with `?`. */
export function listQuery(query: ListQuery & WatchQuery & { watch?: boolean }): string {
  const { namespace: _, ...parameters } = query;
  return queryString(parameters);
}

export function writeQuery(options: WriteOptions = {}): string {
  return queryString({
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    force: options.force,
    dryRun: options.dryRun ? 'All' : undefined,
  });
}

/** Body of a DELETE, or undefined where the defaults do. */
export function deleteBody(options: DeleteQuery = {}): Record<string, unknown> | undefined {
  const { dryRun, ...rest } = options;
  if (Object.keys(rest).length === 0 && !dryRun) return undefined;
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...rest, ...(dryRun ? { dryRun: ['All'] } : {}) };
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

function queryString(parameters: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : '';
}
