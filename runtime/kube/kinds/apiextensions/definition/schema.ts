import { maxItems } from '../../../cel';
import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import type { StructuralSchema } from '../../../schema';
import { compilePattern, validateSchema } from '../../../schema-engine';
import { checkBranches } from './branches';
import { checkDefault } from './default-value';
import { checkListType } from './list-types';
import { checkSchemaRules, type RulePlace } from './rules';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Parts of JSON Schema that no custom resource may use. */
const unsupported = [
  '$ref',
  '$schema',
  'id',
  'definitions',
  'dependencies',
  'patternProperties',
  'additionalItems',
] as const;

const maxDepth = 64;

/** The rules for the schema of a version: it must be structural, and what it says must be possible. */
export function checkRootSchema(schema: JSONSchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!schema.type) errors.push(required(`${field}.type`, 'must not be empty at the root'));
  else if (schema.type !== 'object') errors.push(invalid(`${field}.type`, schema.type, 'must be object at the root'));
  if (schema.nullable) errors.push(forbidden(`${field}.nullable`, 'nullable cannot be true at the root'));
  errors.push(...checkMetadata(schema.properties?.metadata, `${field}.properties[metadata]`));
  return [...errors, ...checkSchema(schema, field, { depth: 0, count: 1 })];
}

/** Metadata is Kubernetes' own; a definition may restrict names only. */
function checkMetadata(schema: JSONSchemaProps | undefined, field: string): FieldError[] {
  const { type: _type, properties = {}, description: _text, ...rest } = schema ?? {};
  const fine = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  if (fine && Object.keys(rest).length === 0) return [];
  return [
    forbidden(
      field,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    ),
  ];
}

interface Place extends Omit<RulePlace, 'isRoot'> {
  depth: number;
  /** What a missing type is told as; undefined at the root, which has a text of its own. */
  needsType?: string;
}

function checkSchema(schema: JSONSchemaProps, field: string, place: Place): FieldError[] {
  const { depth, needsType, count } = place;
  if (depth > maxDepth) return [forbidden(field, `must not be nested deeper than ${maxDepth}`)];
  const wrong = checkUnions(schema, field);
  if (wrong.length > 0) return wrong;
  const errors = [
    ...checkKeywords(schema, field),
    ...checkType(schema, field, needsType),
    ...checkListType(schema, field),
  ];
  const below = (inner: JSONSchemaProps, at: string, what: string, more: Partial<Place> = {}) =>
    errors.push(...checkSchema(inner, at, { ...place, depth: depth + 1, needsType: what, ...more }));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    // Metadata is looked at as a whole above.
    if (depth === 0 && name === 'metadata') continue;
    below(property, `${field}.properties[${name}]`, 'must not be empty for specified object fields');
  }
  // How often a list or map may have what stands below it.
  const many = () => Math.min(count * maxItems(schema as StructuralSchema), Number.MAX_SAFE_INTEGER);
  if (isSchema(schema.items)) {
    const lost = schema['x-kubernetes-list-type'] === 'map' ? {} : { uncorrelatable: `${field}.items` };
    below(schema.items, `${field}.items`, 'must not be empty for specified array items', { count: many(), ...lost });
  }
  if (isSchema(schema.additionalProperties)) {
    const text = 'must not be empty for specified object fields';
    below(schema.additionalProperties, `${field}.additionalProperties`, text, { count: many() });
  }
  errors.push(...checkBranches(schema, field));
  if (schema.default !== undefined && errors.length === 0)
    errors.push(...checkDefault(schema, `${field}.default`, depth));
  if (errors.length === 0) errors.push(...checkSchemaRules(schema, field, { ...place, isRoot: depth === 0 }));
  return errors;
}

const schemaType: StructuralSchema = {
  $ref: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
};

/** `items` and `additionalProperties` may be more than schemas, so decoding has not looked into them. */
function checkUnions(schema: JSONSchemaProps, field: string): FieldError[] {
  const { items, additionalProperties: rest } = schema;
  const check = (value: unknown, path: string) => validateSchema(schemaType, value, { path, required: false });
  return [
    ...(items === undefined || Array.isArray(items) ? [] : check(items, `${field}.items`)),
    ...(rest === undefined || typeof rest === 'boolean' ? [] : check(rest, `${field}.additionalProperties`)),
  ];
}

function isSchema(value: unknown): value is JSONSchemaProps {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkKeywords(schema: JSONSchemaProps, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of unsupported) {
    if (schema[name] !== undefined) errors.push(forbidden(`${field}.${name}`, `${name} is not supported`));
  }
  if (schema.uniqueItems) {
    errors.push(
      forbidden(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  const rest = schema.additionalProperties;
  if (rest !== undefined && schema.properties && Object.keys(schema.properties).length > 0) {
    errors.push(forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (rest === false)
    errors.push(forbidden(`${field}.additionalProperties`, 'additionalProperties cannot be set to false'));
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${field}.items`, 'items must be a schema object and not an array'));
  }
  if (schema.pattern !== undefined) {
    try {
      compilePattern(schema.pattern);
    } catch (error) {
      const why = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
      errors.push(invalid(`${field}.pattern`, schema.pattern, why));
    }
  }
  return errors;
}

function checkType(schema: JSONSchemaProps, field: string, needsType: string | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = schema;
  const intOrString = schema['x-kubernetes-int-or-string'];
  const preserve = schema['x-kubernetes-preserve-unknown-fields'];
  if (type && !types.includes(type)) errors.push(notSupported(`${field}.type`, type, types));
  if (!type && needsType && !intOrString && !preserve) errors.push(required(`${field}.type`, needsType));
  if (type && intOrString) {
    errors.push(invalid(`${field}.type`, type, 'must be empty if x-kubernetes-int-or-string is true'));
  }
  for (const mark of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const) {
    if (!intOrString || !schema[mark]) continue;
    errors.push(invalid(`${field}.${mark}`, true, 'must be false if x-kubernetes-int-or-string is true'));
  }
  if (preserve === false) {
    errors.push(invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  if (preserve && type && type !== 'object') {
    errors.push(invalid(`${field}.type`, type, 'must be object if x-kubernetes-preserve-unknown-fields is true'));
  }
  if (type === 'array' && !schema.items) errors.push(required(`${field}.items`, 'must be specified'));
  if (schema['x-kubernetes-embedded-resource']) {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    if (!type) errors.push(required(`${field}.type`, why));
    else if (type !== 'object') errors.push(invalid(`${field}.type`, type, why));
    if (!preserve && Object.keys(schema.properties ?? {}).length === 0) {
      const why =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      errors.push(required(`${field}.properties`, why));
    }
  }
  return errors;
}
