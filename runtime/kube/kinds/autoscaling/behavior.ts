import { forbidden, invalid, required } from '../../field-errors';
import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '../../generated/types';
import type { FieldError } from '../../kind';
import { tryParseQuantity } from '../../quantity';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkWord } from '../shared/values';

const maxPeriodSeconds = 1800;
const maxWindowSeconds = 3600;

/** Where a behaviour is given, what it leaves out: fast up (double, or four pods, in 15 s), all at once down. */
export function defaultBehavior(behavior: HorizontalPodAutoscalerBehavior): void {
  const up = ensure(behavior, 'scaleUp');
  defaultTo(up, 'stabilizationWindowSeconds', 0);
  defaultRules(up, [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
  defaultRules(ensure(behavior, 'scaleDown'), [{ type: 'Percent', value: 100, periodSeconds: 15 }]);
}

function defaultRules(rules: HPAScalingRules, policies: NonNullable<HPAScalingRules['policies']>): void {
  defaultEmpty(rules, 'selectPolicy', 'Max');
  if (!rules.policies?.length) rules.policies = policies;
}

export function checkBehavior(behavior: HorizontalPodAutoscalerBehavior | undefined, field: string): FieldError[] {
  return (['scaleUp', 'scaleDown'] as const).flatMap((key) => checkRules(behavior?.[key], `${field}.${key}`));
}

function checkRules(rules: HPAScalingRules | undefined, field: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const errors: FieldError[] = [];
  if (window !== undefined && window < 0) {
    errors.push(invalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > maxWindowSeconds) {
    const detail = `must be less than or equal to ${maxWindowSeconds}`;
    errors.push(invalid(`${field}.stabilizationWindowSeconds`, window, detail));
  }
  if (selectPolicy) errors.push(...checkWord(`${field}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']));
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  const amount = tolerance === undefined ? undefined : tryParseQuantity(tolerance);
  if (amount && amount.nano < 0n) errors.push(forbidden(`${field}.tolerance`, 'must be greater than or equal to zero'));
  return [
    ...errors,
    ...policies.flatMap(({ type, value, periodSeconds }, index) => {
      const at = `${field}.policies[${index}]`;
      return [
        ...checkWord(`${at}.type`, type, ['Percent', 'Pods']),
        ...checkPositive(value, `${at}.value`),
        ...checkPositive(periodSeconds, `${at}.periodSeconds`),
        ...((periodSeconds ?? 0) > maxPeriodSeconds
          ? [invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`)]
          : []),
      ];
    }),
  ];
}

function checkPositive(value: number | undefined, field: string): FieldError[] {
  return value !== undefined && value > 0 ? [] : [invalid(field, value ?? 0, 'must be greater than zero')];
}
