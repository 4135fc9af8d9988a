import { invalid, notSupported, required } from '../../field-errors';
import type { RuleWithOperations } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkOptionalWord } from '../shared/values';

const all = '*';
const operations = [all, 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = [all, 'Cluster', 'Namespaced'];

/** What a webhook wants to hear of. */
export function checkRule(rule: RuleWithOperations, field: string): FieldError[] {
  const { apiGroups = [], apiVersions = [], resources = [] } = rule;
  return [
    ...checkOperations(rule.operations ?? [], `${field}.operations`),
    ...checkAlone(apiGroups, `${field}.apiGroups`, 'API groups'),
    ...checkAlone(apiVersions, `${field}.apiVersions`, 'API versions'),
    ...checkEach(apiVersions, `${field}.apiVersions`),
    ...checkResources(resources, `${field}.resources`),
    ...checkOptionalWord(`${field}.scope`, rule.scope, scopes),
  ];
}

function checkOperations(given: readonly string[], field: string): FieldError[] {
  return [
    ...checkAlone(given, field, 'operations'),
    ...given.flatMap((operation, index) =>
      operations.includes(operation) ? [] : [notSupported(`${field}[${index}]`, operation, operations)],
    ),
  ];
}

/** At least one, and `*` by itself. */
function checkAlone(given: readonly string[], field: string, what: string): FieldError[] {
  if (given.length === 0) return [required(field)];
  if (given.length === 1 || !given.includes(all)) return [];
  return [invalid(field, given, `if '*' is present, must not specify other ${what}`)];
}

function checkEach(given: readonly string[], field: string): FieldError[] {
  return given.flatMap((value, index) => (value === '' ? [required(`${field}[${index}]`)] : []));
}

/** `pods`, `pods/status`, `pods/*`, `*\/status`, `*`, `*\/*`: none that another one says already. */
function checkResources(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [required(field)];
  const errors = checkEach(resources, field);
  for (const [index, resource] of resources.entries()) {
    const [name, subresource] = split(resource);
    if (subresource === undefined) continue;
    const earlier = resources.slice(0, index);
    for (const wider of [`${name}/${all}`, `${all}/${subresource}`]) {
      if (!earlier.includes(wider)) continue;
      errors.push(invalid(`${field}[${index}]`, resource, `if '${wider}' is present, must not specify ${resource}`));
    }
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  const plain = resources.filter((resource) => resource !== all && split(resource)[1] === undefined);
  if (resources.includes(all) && plain.some((resource) => resource !== '')) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(field, resources, detail));
  }
  return errors;
}

function split(resource: string): [string, string | undefined] {
  const at = resource.indexOf('/');
  return at < 0 ? [resource, undefined] : [resource.slice(0, at), resource.slice(at + 1)];
}
