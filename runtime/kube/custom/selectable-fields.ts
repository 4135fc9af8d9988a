import type { SelectableField } from '../generated/types';
import type { Kind } from '../kind';
import { parseJsonPath } from './json-path';

/** Field selectors of a custom kind's version: `.spec.color` is selected by as `spec.color`. */
export function customSelectableFields(fields: readonly SelectableField[] | undefined): Kind['selectableFields'] {
  if (!fields?.length) return undefined;
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      return [
        jsonPath.replace(/^\./, ''),
        (object) => {
          const [value] = path(object);
          return value === undefined || value === null ? '' : String(value);
        },
      ];
    }),
  );
}
