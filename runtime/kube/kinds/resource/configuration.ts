import { required, tooLong } from '../../field-errors';
import type { DeviceConfiguration, DeviceSelector } from '../../generated/types';
import type { FieldError } from '../../kind';
import { isObject } from '../../schema-engine';
import { checkDriverName } from '../shared/driver-name';
import { checkList } from '../shared/lists';

/** Selectors, and configurations, of one request, class or claim. */
export const maxListed = 32;
/** Of a CEL expression, and of a driver's parameters as JSON, in bytes. */
const maxTextLength = 10 * 1024;

/** Which devices fit, in CEL. The expression is kept as it is: nothing here allocates devices by it. */
export function checkSelectors(selectors: DeviceSelector[] | undefined, field: string): FieldError[] {
  return checkList(selectors, maxListed, field, ({ cel }, at) => {
    if (!cel) return [required(`${at}.cel`)];
    if (!cel.expression) return [required(`${at}.cel.expression`)];
    return cel.expression.length > maxTextLength ? [tooLong(`${at}.cel.expression`, maxTextLength)] : [];
  });
}

/** What a driver is told, in its own words. */
export function checkConfiguration({ opaque }: DeviceConfiguration, field: string): FieldError[] {
  const at = `${field}.opaque`;
  if (!opaque) return [required(at)];
  return [...checkDriverName(`${at}.driver`, opaque.driver), ...checkRawJson(opaque.parameters, `${at}.parameters`)];
}

/** A JSON object of a limited length. */
export function checkRawJson(value: unknown, field: string): FieldError[] {
  if (!isObject(value)) return [required(field)];
  return Buffer.byteLength(JSON.stringify(value)) > maxTextLength ? [tooLong(field, maxTextLength)] : [];
}
