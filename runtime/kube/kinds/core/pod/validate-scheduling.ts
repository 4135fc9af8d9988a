import { duplicate, invalid, required } from '../../../field-errors';
import type { Taint, Toleration, TopologySpreadConstraint } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkLabelValue, checkQualifiedName } from '../../../names';
import { checkLabelSelector } from '../../shared/labels';
import { checked, checkPositive } from '../../shared/limits';
import { checkOptionalWord, checkWord } from '../../shared/values';

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

export function checkTolerations(tolerations: Toleration[] | undefined, field: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => checkToleration(toleration, `${field}[${index}]`));
}

function checkToleration(toleration: Toleration, field: string): FieldError[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const errors = key ? checked(`${field}.key`, key, checkQualifiedName(key)) : [];
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${field}.operator`, operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(`${field}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === 'Exists') {
    if (value) errors.push(invalid(`${field}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
  } else if (!operator || operator === 'Equal') {
    const problems = checkLabelValue(value ?? '');
    if (problems.length) errors.push(invalid(`${field}.operator`, value, problems.join(';')));
  } else {
    errors.push(...checkWord(`${field}.operator`, operator, ['Equal', 'Exists']));
  }
  return [...errors, ...checkOptionalWord(`${field}.effect`, effect, taintEffects)];
}

/** The taints of a Node. */
export function checkTaints(taints: Taint[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return (taints ?? []).flatMap((taint, index) => {
    const at = `${field}[${index}]`;
    const { key, value, effect } = taint;
    const errors = [
      ...checked(`${at}.key`, key, checkQualifiedName(key ?? '')),
      ...checked(`${at}.value`, value, checkLabelValue(value ?? '')),
      ...checkWord(`${at}.effect`, effect, taintEffects),
    ];
    const identity = `${key}:${effect}`;
    if (seen.has(identity))
      errors.push({ ...duplicate(at, taint), detail: 'taints must be unique by key and effect pair' });
    seen.add(identity);
    return errors;
  });
}

const whenUnsatisfiable = ['DoNotSchedule', 'ScheduleAnyway'];

export function checkTopologySpread(constraints: TopologySpreadConstraint[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return (constraints ?? []).flatMap((constraint, index) => {
    const at = `${field}[${index}]`;
    const errors = checkConstraint(constraint, at);
    const identity = `${constraint.topologyKey}, ${constraint.whenUnsatisfiable}`;
    if (seen.has(identity)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${identity}}`));
    seen.add(identity);
    return errors;
  });
}

function checkConstraint(constraint: TopologySpreadConstraint, field: string): FieldError[] {
  const { maxSkew, topologyKey, minDomains } = constraint;
  const errors: FieldError[] = [];
  if (!(maxSkew > 0)) errors.push(invalid(`${field}.maxSkew`, maxSkew ?? 0, 'must be greater than zero'));
  errors.push(
    ...(topologyKey
      ? checked(`${field}.topologyKey`, topologyKey, checkQualifiedName(topologyKey))
      : [required(`${field}.topologyKey`, 'can not be empty')]),
    ...checkWord(`${field}.whenUnsatisfiable`, constraint.whenUnsatisfiable, whenUnsatisfiable),
    ...checkPositive(`${field}.minDomains`, minDomains),
  );
  if (minDomains !== undefined && constraint.whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${constraint.whenUnsatisfiable}`;
    errors.push(invalid(`${field}.minDomains`, minDomains, detail));
  }
  return [
    ...errors,
    ...checkOptionalWord(`${field}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Ignore', 'Honor']),
    ...checkOptionalWord(`${field}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Ignore', 'Honor']),
    ...checkLabelSelector(constraint.labelSelector, `${field}.labelSelector`),
  ];
}
