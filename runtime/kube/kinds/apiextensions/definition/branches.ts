import { forbidden, required } from '../../../field-errors';
import type { JSONSchemaProps } from '../../../generated/types';
import type { FieldError } from '../../../kind';

/** What a schema says of its fields' nature; branches may only say what values are valid. */
const structuralWords = [
  'type',
  'default',
  'title',
  'description',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const;

/** The rules for allOf, anyOf, oneOf and not: each field that they look at is defined outside of them. */
export function checkBranches(schema: JSONSchemaProps, field: string): FieldError[] {
  const branches: Array<[JSONSchemaProps, string]> = [];
  for (const word of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, branch] of (schema[word] ?? []).entries()) branches.push([branch, `${field}.${word}[${index}]`]);
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
    if (branch[word] === undefined || isIntOrString(branch, outside, word)) continue;
    errors.push(forbidden(`${at}.${word}`, 'must be empty to be structural'));
  }
  const intOrString = branch['x-kubernetes-int-or-string'];
  if (intOrString) errors.push(forbidden(`${at}.x-kubernetes-int-or-string`, 'must be false to be structural'));
  for (const [name, property] of Object.entries(branch.properties ?? {})) {
    const defined = outside.properties?.[name];
    const place = `${at}.properties[${name}]`;
    if (defined) errors.push(...checkBranch(property, place, defined, `${field}.properties[${name}]`, depth + 1));
    else errors.push(required(`${field}.properties[${name}]`, `because it is defined in ${place}`));
  }
  if (branch.items && !Array.isArray(branch.items)) {
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

/** `anyOf: [{type: integer}, {type: string}]` is how older generators write an int-or-string out. */
function isIntOrString(branch: JSONSchemaProps, outside: JSONSchemaProps, word: string): boolean {
  return (
    word === 'type' &&
    outside['x-kubernetes-int-or-string'] === true &&
    (branch.type === 'integer' || branch.type === 'string')
  );
}
