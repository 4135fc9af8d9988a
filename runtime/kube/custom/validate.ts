import { invalid } from '../field-errors';
import type { FieldError, Kind } from '../kind';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../kinds/shared/object-meta';
import type { AnyObject } from '../object';
import type { Resource } from '../resource';
import type { StructuralSchema } from '../schema';
import {
  customRules,
  isObject,
  PatternBudgetExceeded,
  someSchema,
  type VisitedValue,
  validateSchema,
  withPatternBudget,
} from '../schema-engine';
import { checkRules } from './rules';

type Rules = Pick<Kind, 'validate' | 'validateUpdate' | 'validateStatusUpdate'>;

/** The rules of a custom kind: those of metadata, and what its schema says. */
export function customValidation(resource: Resource, schema: StructuralSchema): Rules {
  const meta = { namespaced: resource.namespaced, name: nameRules.subdomain, plainFinalizers: true };
  const checkContent = (object: AnyObject, old?: AnyObject): FieldError[] => {
    try {
      return withPatternBudget(patternSteps, () => checkAll(object, old));
    } catch (error) {
      if (error instanceof PatternBudgetExceeded) return [invalid('<nil>', null, error.message)];
      throw error;
    }
  };
  const checkAll = (object: AnyObject, old?: AnyObject): FieldError[] => {
    const ruled: VisitedValue[] = [];
    const visit = (visited: VisitedValue) => ruled.push(visited);
    const options = { rules: customRules, uniqueItems: true, old, visit };
    const errors = [...validateSchema(contentOf(schema), object, options), ...checkEmbedded(schema, object, '')];
    if (ruled.length === 0) return errors;
    return [...errors, ...(errors.some(blocks) ? [unchecked] : checkRules(ruled))];
  };
  return {
    // An update's content is looked at together with what it was before.
    validate: (object, old) => [...checkObjectMeta(object.metadata, meta), ...checkContent(object, old)],
    validateUpdate: (object, old) => checkObjectMetaUpdate(object.metadata, old.metadata),
    validateStatusUpdate: (object, old) => [
      ...checkObjectMetaUpdate(object.metadata, old.metadata),
      ...checkContent(object, old),
    ],
  };
}

/** What all patterns of an object may take: about a second at the very most. */
const patternSteps = 5_000_000;

/** Whether rules would meet values of types, or sizes, that they are not made for. */
function blocks({ type }: FieldError): boolean {
  return ['TypeInvalid', 'Required', 'TooLong', 'TooMany'].includes(type);
}

const unchecked: FieldError = {
  type: 'Invalid',
  field: '<nil>',
  value: null,
  detail:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

const contents = new WeakMap<StructuralSchema, StructuralSchema>();

/** The schema without metadata, which has rules of its own. */
function contentOf(schema: StructuralSchema): StructuralSchema {
  let content = contents.get(schema);
  if (!content) {
    const { metadata: _, ...properties } = schema.properties ?? {};
    content = { ...schema, properties };
    contents.set(schema, content);
  }
  return content;
}

/** Embedded objects must say what they are. */
function checkEmbedded(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  if (!mayEmbed(schema)) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => (schema.items ? checkEmbedded(schema.items, item, `${path}[${index}]`) : []));
  }
  if (!isObject(value)) return [];
  const errors: FieldError[] = [];
  if (path !== '' && schema['x-kubernetes-embedded-resource']) {
    if (!value.apiVersion) errors.push({ type: 'Required', field: `${path}.apiVersion`, detail: 'must not be empty' });
    if (!value.kind) errors.push({ type: 'Required', field: `${path}.kind`, detail: 'must not be empty' });
    if (typeof value.apiVersion === 'string' && value.apiVersion.split('/').length > 2) {
      errors.push(invalid(`${path}.apiVersion`, value.apiVersion, 'unexpected GroupVersion string'));
    }
  }
  for (const [key, item] of Object.entries(value)) {
    const property = schema.properties?.[key];
    const child =
      property ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
    if (child) errors.push(...checkEmbedded(child, item, path === '' ? key : `${path}.${key}`));
  }
  return errors;
}

const mayEmbed = someSchema((schema) => schema['x-kubernetes-embedded-resource'] === true);
