import { ageSince } from '../../human-duration';
import type { PrinterColumn } from '../../kind';
import type { KubeObject } from '../../object';

type Cell<T extends KubeObject> = PrinterColumn<T>['cell'];

/** The first column of every kind. */
export function nameColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name must be unique within a namespace.',
    priority: 0,
    cell: (object) => object.metadata.name ?? '',
  };
}

export function ageColumn<T extends KubeObject>(): PrinterColumn<T> {
  return textColumn('Age', 'Time since the object was created.', (object, now) =>
    ageSince(object.metadata.creationTimestamp, now),
  );
}

export function textColumn<T extends KubeObject>(name: string, description: string, cell: Cell<T>): PrinterColumn<T> {
  return { name, type: 'string', description, priority: 0, cell };
}

export function integerColumn<T extends KubeObject>(
  name: string,
  description: string,
  cell: Cell<T>,
): PrinterColumn<T> {
  return { name, type: 'integer', description, priority: 0, cell };
}

/** The column with `-o wide` only. */
export function wide<T extends KubeObject>(column: PrinterColumn<T>): PrinterColumn<T> {
  return { ...column, priority: 1 };
}

/** What kubectl shows for a value that is not there. */
export const none = '<none>';

/** The same for a field that was never set, where Kubernetes tells the two apart. */
export const unset = '<unset>';

export function orNone(value: string | undefined): string {
  return value || none;
}

/** When the object was made, as text: the only column beside the name of kinds that have no columns of their own. */
export function createdAtColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Created At',
    type: 'date',
    description: 'When the object was created.',
    priority: 0,
    cell: (object) => object.metadata.creationTimestamp ?? null,
  };
}
