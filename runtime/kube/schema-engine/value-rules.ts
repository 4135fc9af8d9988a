import { invalid, notSupported, tooMany, typeInvalid } from '../field-errors';
import type { FieldError } from '../kind';
import type { StructuralSchema } from '../schema';
import type { SchemaNode } from './compile';
import { typeProblem, valueProblems } from './scalars';
import { isObject, type PathStack } from './walk';

/** The rules for single values, and the words in which a broken one is told. Each gives the errors of a value at `path`. */
export interface ValueRules {
  /** How a key of a map is written in a path: `labels[a/b]` or `labels.a/b`. */
  mapKeys: 'bracketed' | 'dotted';
  /** A value whose JSON type is not the node's. Nothing else of it is looked at. */
  wrongType(node: SchemaNode, value: unknown, path: PathStack): FieldError | undefined;
  /** Bounds, lengths, pattern, format of a scalar; sizes of lists and maps. */
  value(schema: StructuralSchema, value: unknown, path: PathStack): FieldError[];
  enumeration(schema: StructuralSchema, value: unknown, path: string): FieldError;
}

/** Of Kubernetes' own types: as their decoders and hand-written rules word it. */
export const builtInRules: ValueRules = {
  mapKeys: 'bracketed',
  wrongType(node, value, path) {
    const problem = problemOf(node, value);
    return problem === undefined ? undefined : typeInvalid(path.toString(), value, problem);
  },
  value(schema, value, stack) {
    const path = () => stack.toString();
    if (!Array.isArray(value)) return valueProblems(schema, value).map((text) => invalid(path(), value, text));
    const { minItems, maxItems } = schema;
    const errors: FieldError[] = [];
    if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path(), value.length, maxItems));
    if (minItems !== undefined && value.length < minItems) {
      errors.push(invalid(path(), value.length, `must have at least ${minItems} items`));
    }
    return errors;
  },
  enumeration: (schema, value, path) => notSupported(path, value, (schema.enum ?? []).map(String)),
};

function problemOf(node: SchemaNode, value: unknown): string | undefined {
  if (node.kind === 'object') return isObject(value) ? undefined : 'must be an object';
  if (node.kind === 'list') return Array.isArray(value) ? undefined : 'must be a list';
  return node.kind === 'scalar' ? typeProblem(node, value) : undefined;
}
