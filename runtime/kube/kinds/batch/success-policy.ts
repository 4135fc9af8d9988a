import { invalid, required, tooMany } from '../../field-errors';
import type { JobSpec, SuccessPolicyRule } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkNonNegative } from '../shared/limits';
import { parseIndexes } from './indexes';

const maxRules = 20;
const maxIndexesText = 64 * 1024;

export function checkSuccessPolicy(
  { successPolicy, completionMode, completions }: JobSpec,
  field: string,
): FieldError[] {
  const rules = successPolicy?.rules ?? [];
  const at = `${field}.rules`;
  if (completionMode !== 'Indexed') return [invalid(field, successPolicy, 'requires indexed completion mode')];
  if (rules.length === 0)
    return [required(at, 'at least one rules must be specified when the successPolicy is specified')];
  const errors = rules.length > maxRules ? [tooMany(at, rules.length, maxRules)] : [];
  return [...errors, ...rules.flatMap((rule, index) => checkRule(rule, completions ?? 0, `${at}[${index}]`))];
}

function checkRule(rule: SuccessPolicyRule, completions: number, field: string): FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [required(field, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const errors: FieldError[] = [];
  let total: number | undefined;
  if (succeededIndexes !== undefined) {
    const at = `${field}.succeededIndexes`;
    if (Buffer.byteLength(succeededIndexes) > maxIndexesText) {
      errors.push({ type: 'TooLong', field: at, detail: `may not be more than ${maxIndexesText} bytes` });
    } else {
      try {
        total = parseIndexes(succeededIndexes, completions);
      } catch (error) {
        errors.push(invalid(at, succeededIndexes, `error parsing succeededIndexes: ${(error as Error).message}`));
      }
    }
  }
  if (succeededCount === undefined) return errors;
  const at = `${field}.succeededCount`;
  errors.push(...checkNonNegative(at, succeededCount));
  if (succeededCount > completions) {
    errors.push(
      invalid(at, succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`),
    );
  }
  if (total !== undefined && succeededCount > total) {
    errors.push(
      invalid(
        at,
        succeededCount,
        `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
      ),
    );
  }
  return errors;
}
