import type { CustomResourceColumnDefinition } from '../generated/types';
import { ageSince } from '../human-duration';
import type { PrinterColumn } from '../kind';
import { nameColumn } from '../kinds/shared/columns';
import { parseTimestamp } from '../schema-engine';
import { parseJsonPath } from './json-path';

const ageOnly: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The columns of a custom kind's version: the name, then those that it defines, or else the age. */
export function customColumns(definitions: readonly CustomResourceColumnDefinition[] | undefined): PrinterColumn[] {
  const columns = definitions?.length ? definitions : [ageOnly];
  return [nameColumn(), ...columns.map(customColumn)];
}

function customColumn({
  name,
  type,
  format,
  description,
  priority,
  jsonPath,
}: CustomResourceColumnDefinition): PrinterColumn {
  const path = parseJsonPath(jsonPath);
  const column = {
    name,
    type: type as PrinterColumn['type'],
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
  };
  return {
    ...column,
    ...(format ? { format } : {}),
    cell: (object, now) => {
      const [value] = path(object);
      return value === undefined || value === null ? null : cell(column.type, value, now);
    },
  };
}

/** A value as a column of its type shows it; null where it is of another type. */
function cell(type: PrinterColumn['type'], value: unknown, now: number): string | number | boolean | null {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return parseTimestamp(value) === undefined ? '<invalid>' : ageSince(value, now);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
