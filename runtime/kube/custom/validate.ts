import { invalid } from '../field-errors';
import type { ObjectMeta } from '../generated/types';
import type { FieldError, Kind } from '../kind';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../kinds/shared/object-meta';
import { checkDns1035Label } from '../names';
import type { AnyObject } from '../object';
import { parsePath } from '../path';
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
import { objectMeta } from './schema';

type ScalePaths = NonNullable<Kind['subresources']['scale']>;
type Rules = Pick<Kind, 'validate' | 'validateUpdate' | 'validateStatusUpdate'>;

/** The rules of a custom kind: those of metadata, and what its schema says. */
export function customValidation(
  resource: Resource,
  schema: StructuralSchema,
  { scale, names }: { scale?: ScalePaths; names?: StructuralSchema } = {},
): Rules {
  const meta = { namespaced: resource.namespaced, name: nameRules.subdomain, anyFinalizer: true };
  const options = { rules: customRules, uniqueItems: true };
  const within = (check: () => FieldError[]): FieldError[] => {
    try {
      return withPatternBudget(patternSteps, check);
    } catch (error) {
      if (error instanceof PatternBudgetExceeded) return [invalid('<nil>', null, error.message)];
      throw error;
    }
  };
  const checkContent = (object: AnyObject, old?: AnyObject): FieldError[] => {
    const ruled: VisitedValue[] = [];
    const visit = (visited: VisitedValue) => ruled.push(visited);
    const found = validateSchema(contentOf(schema), object, { ...options, old, visit });
    const named = names
      ? validateSchema(names, object.metadata, { ...options, path: 'metadata', old: old?.metadata })
      : [];
    return withRules([...named, ...unlessBefore(found, old), ...checkEmbedded(schema, object, '')], ruled);
  };
  /** Where items stood twice before, as after a change of their keys, they may: the object could not be changed else. */
  const unlessBefore = (errors: FieldError[], old?: AnyObject): FieldError[] => {
    if (!old || !errors.some(isDuplicate)) return errors;
    const had = validateSchema(contentOf(schema), old, options).some(isDuplicate);
    return had ? errors.filter((error) => !isDuplicate(error)) : errors;
  };
  const checkStatus = (object: AnyObject, old: AnyObject): FieldError[] => {
    const ruled: VisitedValue[] = [];
    const visit = (visited: VisitedValue) => ruled.push(visited);
    // What is wrong beside the status was there before; it is looked at for its rules only.
    validateSchema(contentOf(schema), object, { ...options, old, visit });
    const { status: statusSchema } = schema.properties ?? {};
    if (!statusSchema || object.status === undefined) return withRules([], ruled);
    const found = validateSchema(statusSchema, object.status, { ...options, old: old.status });
    const errors = found.map((error) => ({ ...error, field: error.field ? `status.${error.field}` : 'status' }));
    return withRules([...errors, ...checkEmbedded(statusSchema, object.status, 'status')], ruled);
  };
  return {
    // An update's content is looked at together with what it was before.
    validate: (object, old) => [
      ...checkObjectMeta(object.metadata, meta),
      ...within(() => checkContent(object, old)),
      ...checkReplicas(object, scale?.specReplicas),
      ...checkReplicas(object, scale?.statusReplicas),
    ],
    validateUpdate: (object, old) => checkObjectMetaUpdate(object.metadata, old.metadata),
    validateStatusUpdate: (object, old) => [
      ...checkObjectMetaUpdate(object.metadata, old.metadata),
      ...within(() => checkStatus(object, old)),
      ...checkReplicas(object, scale?.statusReplicas),
    ],
  };
}

function isDuplicate({ type }: FieldError): boolean {
  return type === 'Duplicate';
}

/** The errors, and those of the rules in CEL, which run only where they meet what they are made for. */
function withRules(errors: FieldError[], ruled: readonly VisitedValue[]): FieldError[] {
  if (ruled.length === 0) return errors;
  return [...errors, ...(errors.some(blocks) ? [unchecked] : checkRules(ruled))];
}

const maxReplicas = 2 ** 31 - 1;

/** What a scale subresource shows as a count must be one. */
function checkReplicas(object: AnyObject, path: string | undefined): FieldError[] {
  if (path === undefined) return [];
  const value = parsePath(path).reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), object);
  if (typeof value !== 'number') return [];
  const field = `.${path}`;
  if (value < 0) return [invalid(field, value, 'should be a non-negative integer')];
  return value > maxReplicas ? [invalid(field, value, `should be less than or equal to ${maxReplicas}`)] : [];
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
    errors.push(...checkIdentity(value, path));
  }
  for (const [key, item] of Object.entries(value)) {
    const property = schema.properties?.[key];
    const child =
      property ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
    if (child) errors.push(...checkEmbedded(child, item, path === '' ? key : `${path}.${key}`));
  }
  return errors;
}

function checkIdentity({ apiVersion, kind, metadata }: Record<string, unknown>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!apiVersion) errors.push({ type: 'Required', field: `${path}.apiVersion`, detail: 'must not be empty' });
  if (!kind) errors.push({ type: 'Required', field: `${path}.kind`, detail: 'must not be empty' });
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'unexpected GroupVersion string'));
  }
  if (typeof kind === 'string' && kind) {
    const problems = checkDns1035Label(kind.toLowerCase());
    const why = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
    if (problems.length) errors.push(invalid(`${path}.kind`, kind, why));
  }
  if (isObject(metadata) && validateSchema(objectMeta, metadata, { required: false }).length === 0) {
    // It needs no name of its own.
    const meta = { name: 'unnamed', ...metadata } as ObjectMeta;
    const namespaced = Boolean(metadata.namespace);
    const rules = { namespaced, name: nameRules.pathSegment, anyFinalizer: true, field: `${path}.metadata` };
    errors.push(...checkObjectMeta(meta, rules));
  }
  return errors;
}

const mayEmbed = someSchema((schema) => schema['x-kubernetes-embedded-resource'] === true);
