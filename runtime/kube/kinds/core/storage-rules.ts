import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type { FieldError } from '../../kind';
import { compareQuantities, type QuantityLike, quantityMessage, tryParseQuantity } from '../../quantity';

const accessModes: Readonly<Record<string, string>> = {
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOnce: 'RWO',
  ReadWriteOncePod: 'RWOP',
};
export const volumeModes = ['Block', 'Filesystem'];

export function checkAccessModes(modes: string[] | undefined, field: string): FieldError[] {
  if (!modes?.length) return [required(field, 'at least 1 access mode is required')];
  const known = Object.keys(accessModes);
  const errors = modes.filter((mode) => !known.includes(mode)).map((mode) => notSupported(field, mode, known));
  if (modes.includes('ReadWriteOncePod') && new Set(modes).size > 1) {
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** `RWO,RWX`: how `kubectl get` shows access modes, in Kubernetes' order. */
export function accessModesText(modes: string[] | undefined): string {
  const order = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
  return order
    .filter((mode) => modes?.includes(mode))
    .map((mode) => accessModes[mode])
    .join(',');
}

/** An amount of storage: more than nothing. */
export function checkPositiveQuantity(value: QuantityLike, field: string): FieldError[] {
  const quantity = tryParseQuantity(value);
  if (!quantity) return [invalid(field, value, quantityMessage)];
  return compareQuantities(quantity, '0') > 0 ? [] : [invalid(field, value, 'must be greater than zero')];
}
