import { duplicate, invalid, notSupported, required, tooLong } from '../../field-errors';
import type { Condition } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkQualifiedName } from '../../names';
import { checked } from './limits';

const statuses = ['False', 'True', 'Unknown'];
const maxReason = 1024;
const maxMessage = 32 * 1024;
const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';

/** Conditions of the form that all kinds are to share (`metav1.Condition`). */
export function checkConditions(conditions: Condition[] = [], field: string): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, index) => {
    const at = `${field}[${index}]`;
    const errors = checkCondition(condition, at);
    if (seen.has(condition.type)) errors.push(duplicate(`${at}.type`, condition.type));
    seen.add(condition.type);
    return errors;
  });
}

function checkCondition(condition: Condition, field: string): FieldError[] {
  const { type = '', status = '', reason, message = '', observedGeneration = 0, lastTransitionTime } = condition;
  const errors = type
    ? checked(`${field}.type`, type, checkQualifiedName(type))
    : [required(`${field}.type`, 'must be set')];
  if (!statuses.includes(status)) errors.push(notSupported(`${field}.status`, status, statuses));
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(invalid(`${field}.observedGeneration`, observedGeneration, detail));
  }
  if (!lastTransitionTime) errors.push(required(`${field}.lastTransitionTime`, 'must be set'));
  if (message.length > maxMessage) errors.push(tooLong(`${field}.message`, maxMessage));
  return [...errors, ...checkReason(reason, `${field}.reason`)];
}

function checkReason(reason: string | undefined, field: string): FieldError[] {
  if (!reason) return [required(field, 'must be set')];
  const errors = reason.length > maxReason ? [tooLong(field, maxReason)] : [];
  if (new RegExp(`^${reasonPattern}$`).test(reason)) return errors;
  const detail =
    'a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric ' +
    `characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonPattern}')`;
  return [...errors, invalid(field, reason, detail)];
}
