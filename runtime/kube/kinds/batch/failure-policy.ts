import { duplicate, invalid, notSupported, required, tooMany } from '../../field-errors';
import type { JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkQualifiedName } from '../../names';
import { checked } from '../shared/limits';
import { checkWord } from '../shared/values';

const maxRules = 20;
const maxPatterns = 20;
const maxExitCodes = 255;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

export function checkFailurePolicy(spec: JobSpec, field: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const errors = rules.length > maxRules ? [tooMany(`${field}.rules`, rules.length, maxRules)] : [];
  const containers = new Set(
    [...(spec.template?.spec?.initContainers ?? []), ...(spec.template?.spec?.containers ?? [])].map(
      ({ name }) => name,
    ),
  );
  return [...errors, ...rules.flatMap((rule, index) => checkRule(rule, spec, containers, `${field}.rules[${index}]`))];
}

function checkRule(rule: PodFailurePolicyRule, spec: JobSpec, containers: Set<string>, field: string): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const errors: FieldError[] = [];
  if (!action) errors.push(required(`${field}.action`, `valid values: ${JSON.stringify(actions)}`));
  else if (!actions.includes(action)) errors.push(notSupported(`${field}.action`, action, actions));
  else if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes) errors.push(...checkExitCodes(onExitCodes, containers, `${field}.onExitCodes`));
  if (onPodConditions.length > 0) errors.push(...checkPatterns(onPodConditions, `${field}.onPodConditions`));
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalid(field, rule, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalid(field, rule, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function checkExitCodes(
  { containerName, operator, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  containers: Set<string>,
  field: string,
): FieldError[] {
  const errors = checkWord(`${field}.operator`, operator, operators);
  if (containerName !== undefined && !containers.has(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${field}.containerName`, containerName, detail));
  }
  const at = `${field}.values`;
  if (values.length === 0) errors.push(invalid(at, values, 'at least one value is required'));
  if (values.length > maxExitCodes) errors.push(tooMany(at, values.length, maxExitCodes));
  const seen = new Set<number>();
  for (const [index, value] of values.entries()) {
    if (value === 0 && operator === 'In')
      errors.push(invalid(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(duplicate(`${at}[${index}]`, value));
    const before = values[index - 1];
    if (before !== undefined && before > value) {
      errors.push(invalid(at, values, 'must be ordered'));
      break;
    }
    seen.add(value);
  }
  return errors;
}

function checkPatterns(patterns: NonNullable<PodFailurePolicyRule['onPodConditions']>, field: string): FieldError[] {
  const errors = patterns.length > maxPatterns ? [tooMany(field, patterns.length, maxPatterns)] : [];
  return [
    ...errors,
    ...patterns.flatMap(({ type, status }, index) => [
      ...checked(`${field}[${index}].type`, type, checkQualifiedName(type ?? '')),
      ...checkWord(`${field}[${index}].status`, status, statuses),
    ]),
  ];
}
