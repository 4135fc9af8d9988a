import { duplicate, forbidden, invalid, required, tooMany } from '../../field-errors';
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '../../generated/types';
import type { FieldError } from '../../kind';
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../../quantity';

const maxOptions = 10;

type Amount = string | number;

/** How much a device has of something; of one that several claims share, also in which portions it is given. */
export function checkCapacity({ value, requestPolicy: policy }: DeviceCapacity, field: string, shared: boolean) {
  if (!policy) return [];
  const at = `${field}.requestPolicy`;
  if (!shared) return [forbidden(at, 'allowMultipleAllocations must be true')];
  if (policy.validValues?.length && policy.validRange) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(at, detail)];
  }
  return checkPolicy(policy, value, at);
}

function checkPolicy(policy: CapacityRequestPolicy, capacity: Amount, field: string): FieldError[] {
  const { default: standard, validValues = [], validRange } = policy;
  const needed = (by: string) => required(`${field}.default`, `required when ${by} is defined`);
  if (validValues.length > 0) {
    if (standard === undefined) return [needed('validValues')];
    return checkValues(validValues, standard, capacity, `${field}.validValues`);
  }
  if (!validRange) return [];
  if (standard === undefined) return [needed('validRange')];
  return checkRange(validRange, standard, capacity, `${field}.validRange`);
}

function text(amount: Amount): string {
  return formatQuantity(parseQuantity(amount));
}

function checkValues(values: Amount[], standard: Amount, capacity: Amount, field: string): FieldError[] {
  if (values.length > maxOptions) return [tooMany(field, values.length, maxOptions)];
  const errors = values.flatMap((value, index) => {
    const at = `${field}[${index}]`;
    const previous = values[index - 1];
    const found: FieldError[] = [];
    if (previous !== undefined) {
      const order = compareQuantities(previous, value);
      if (order > 0) found.push(invalid(at, text(value), 'values must be sorted in ascending order'));
      if (order === 0) found.push(duplicate(at, text(value)));
    }
    if (compareQuantities(value, capacity) > 0) {
      found.push(invalid(at, text(value), `option is larger than capacity value: ${text(capacity)}`));
    }
    return found;
  });
  if (values.some((value) => compareQuantities(value, standard) === 0)) return errors;
  const detail = 'default value is not valid according to the requestPolicy';
  return [...errors, invalid(field, text(standard), detail)];
}

function checkRange(range: CapacityRequestPolicyRange, standard: Amount, capacity: Amount, field: string) {
  const { min, max, step } = range;
  if (min === undefined) return [required(`${field}.min`, 'required when validRange is defined')];
  const errors: FieldError[] = [];
  const refuse = (name: string, value: Amount, detail: string) =>
    errors.push(invalid(`${field}.${name}`, text(value), detail));
  const room = text(capacity);
  if (compareQuantities(min, capacity) > 0) refuse('min', min, `min is larger than capacity value: ${room}`);
  if (compareQuantities(standard, min) < 0) refuse('default', standard, `default is less than min: ${text(min)}`);
  if (max !== undefined) {
    if (compareQuantities(min, max) > 0) refuse('max', min, `min is larger than max: ${text(max)}`);
    if (compareQuantities(max, capacity) > 0) refuse('max', max, `max is larger than capacity value: ${room}`);
    if (compareQuantities(standard, max) > 0) refuse('default', standard, `default is more than max: ${text(max)}`);
  }
  return step === undefined
    ? errors
    : [...errors, ...checkStep(step, min, [standard, ...(max === undefined ? [] : [max])], capacity, `${field}.step`)];
}

function checkStep(step: Amount, min: Amount, values: Amount[], capacity: Amount, field: string): FieldError[] {
  const size = parseQuantity(step);
  const from = parseQuantity(min);
  if (size.nano <= 0n) return [invalid(field, text(step), 'must be greater than zero')];
  const errors: FieldError[] = [];
  const first: Quantity = { ...from, nano: from.nano + size.nano };
  if (compareQuantities(first, capacity) > 0) {
    const detail = `one step ${formatQuantity(first)} is larger than capacity value: ${text(capacity)}`;
    errors.push(invalid(field, text(step), detail));
  }
  for (const value of values) {
    if ((parseQuantity(value).nano - from.nano) % size.nano === 0n) continue;
    const detail = `value is not a multiple of a given step (${text(step)}) from (${text(min)})`;
    errors.push(invalid(field, text(value), detail));
  }
  return errors;
}
