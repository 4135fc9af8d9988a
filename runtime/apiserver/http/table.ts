import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { StatusError } from '../../kube/status-error';
import type { StoredObject } from '../registry/stored-object';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** @throws StatusError 400 */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw new StatusError('BadRequest', `unrecognized includeObject value: ${JSON.stringify(value)}`);
}

export interface TableOptions {
  metaVersion: 'v1' | 'v1beta1';
  includeObject: IncludeObject;
  now: number;
  /** Left out of the later events of a watch. */
  withColumns: boolean;
  metadata: Record<string, unknown>;
}

/** Objects as the rows that `kubectl get` prints. */
export function toTable(kind: Kind, items: readonly StoredObject[], options: TableOptions) {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.metaVersion}`,
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columnDefinitions(kind) : null,
    rows: items.map((item) => {
      const row: Record<string, unknown> = {
        cells: kind.columns.map((column) => column.cell(item.object, options.now)),
      };
      if (options.includeObject === 'Object') row.object = item.object;
      if (options.includeObject === 'Metadata') row.object = toPartial(item.object, options.metaVersion);
      return row;
    }),
  };
}

/** What a watch has seen, as a row: metadata alone, since no object stands behind it. */
export function toBookmarkTable(kind: Kind, object: AnyObject, options: TableOptions) {
  const cells = kind.columns.map(() => null);
  const row = options.includeObject === 'None' ? { cells } : { cells, object: toPartial(object, options.metaVersion) };
  return { ...toTable(kind, [], options), rows: [row] };
}

function columnDefinitions(kind: Kind) {
  return kind.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    // kubectl sorts and abbreviates by the column that it knows as the object's name.
    format: format ?? (name === 'Name' ? 'name' : ''),
    description,
    priority,
  }));
}

/** An object's metadata alone. */
export function toPartial(object: AnyObject, metaVersion: 'v1' | 'v1beta1') {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}
