import { forbidden, invalid, required, tooLong } from '../../field-errors';
import type { LabelSelector, LabelSelectorRequirement } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkLabelValue, checkQualifiedName } from '../../names';
import { checked } from './limits';

/** Keys and values of all annotations of an object together, in bytes. */
const maxAnnotationsSize = 256 * 1024;

export function checkLabels(labels: Record<string, string> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...checked(field, key, checkQualifiedName(key)),
    ...checked(field, value, checkLabelValue(value)),
  ]);
}

export function checkAnnotations(annotations: Record<string, string> | undefined, field: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    // Keys of annotations may have capitals in their prefix.
    ...entries.flatMap(([key]) => checked(field, key, checkQualifiedName(key.toLowerCase()))),
    ...(size > maxAnnotationsSize ? [tooLong(field, maxAnnotationsSize)] : []),
  ];
}

export function checkLabelSelector(selector: LabelSelector | undefined, field: string): FieldError[] {
  if (!selector) return [];
  return [
    ...checkLabels(selector.matchLabels, `${field}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap((expression, index) =>
      checkRequirement(expression, `${field}.matchExpressions[${index}]`),
    ),
  ];
}

function checkRequirement({ key, operator, values = [] }: LabelSelectorRequirement, field: string): FieldError[] {
  return [
    ...checkOperator(operator, values, field),
    ...checked(`${field}.key`, key, checkQualifiedName(key ?? '')),
    ...values.flatMap((value, index) => checked(`${field}.values[${index}]`, value, checkLabelValue(value))),
  ];
}

function checkOperator(operator: string, values: string[], field: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length ? [] : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length
        ? [forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
        : [];
    default:
      return [invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator')];
  }
}

/** `{}`: a selector that would select everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return !Object.keys(selector?.matchLabels ?? {}).length && !selector?.matchExpressions?.length;
}
