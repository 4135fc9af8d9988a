import { forbidden, required } from '../../../field-errors';
import type { JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { equalJson } from '../../../schema-engine';

/** What a schema says of its fields' nature; branches may only say what values are valid. */
const structuralWords = [
  'type',
  'default',
  'title',
  'description',
  'nullable',
  'additionalProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const;

/** The same, of what is either true or not said. */
const structuralMarks = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
] as const;

/** The rules for allOf, anyOf, oneOf and not: each field that they look at is defined outside of them. */
export function checkBranches(schema: JSONSchemaProps, field: string): FieldError[] {
  const branches: Array<[JSONSchemaProps, string]> = [];
  const { anyOf, allOf, oneOf } = schema['x-kubernetes-int-or-string'] ? withoutTypes(schema) : schema;
  for (const [word, inner] of Object.entries({ allOf, anyOf, oneOf })) {
    for (const [index, branch] of (inner ?? []).entries()) branches.push([branch, `${field}.${word}[${index}]`]);
  }
  if (schema.not) branches.push([schema.not, `${field}.not`]);
  return branches.flatMap(([branch, at]) => checkBranch(branch, at, schema, field, 0));
}

function checkBranch(
  branch: JSONSchemaProps,
  at: string,
  outside: JSONSchemaProps,
  field: string,
  depth: number,
): FieldError[] {
  if (depth > 64) return [forbidden(at, 'must not be nested deeper than 64')];
  const errors: FieldError[] = [];
  for (const word of structuralWords) {
    if (branch[word] !== undefined) errors.push(forbidden(`${at}.${word}`, 'must be empty to be structural'));
  }
  for (const mark of structuralMarks) {
    if (branch[mark]) errors.push(forbidden(`${at}.${mark}`, 'must be false to be structural'));
  }
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const defined = outside.properties?.[name];
    const place = `${at}.properties[${name}]`;
    if (defined) errors.push(...checkBranch(property, place, defined, `${field}.properties[${name}]`, depth + 1));
    else errors.push(required(`${field}.properties[${name}]`, `because it is defined in ${place}`));
  }
  if (Array.isArray(branch.items)) {
    errors.push(forbidden(`${at}.items`, 'items must be a schema object and not an array'));
  } else if (branch.items) {
    const defined = Array.isArray(outside.items) ? undefined : outside.items;
    if (defined) errors.push(...checkBranch(branch.items, `${at}.items`, defined, `${field}.items`, depth + 1));
    else errors.push(required(`${field}.items`, `because it is defined in ${at}.items`));
  }
  for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
    (branch[word] ?? []).forEach((inner, index) => {
      errors.push(...checkBranch(inner, `${at}.${word}[${index}]`, outside, field, depth + 1));
    });
  }
  if (branch.not) errors.push(...checkBranch(branch.not, `${at}.not`, outside, field, depth + 1));
  return errors;
}

const integerOrString = [{ type: 'integer' }, { type: 'string' }];

/** Older generators write an int-or-string out, as the whole `anyOf` or as that of the first of `allOf`: just so, it may stand. */
function withoutTypes(schema: JSONSchemaProps): JSONSchemaProps {
  if (equalJson(schema.anyOf, integerOrString)) return { ...schema, anyOf: undefined };
  const [first, ...others] = schema.allOf ?? [];
  if (!first || !equalJson(first.anyOf, integerOrString)) return schema;
  return { ...schema, allOf: [{ ...first, anyOf: undefined }, ...others] };
}
