import { invalid, required, tooLong } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkCIdentifier, checkDns1123Label, checkDns1123Subdomain } from '../../names';
import { checkDriverName } from '../shared/driver-name';
import { checked } from '../shared/limits';

const maxIdLength = 32;
const maxPoolLength = 253;

/** A required DNS label: names of devices, requests, counters. */
export function checkLabelName(name: string | undefined, field: string): FieldError[] {
  return name ? checked(field, name, checkDns1123Label(name)) : [required(field)];
}

/** A required DNS name: of a DeviceClass. */
export function checkClassName(name: string | undefined, field: string): FieldError[] {
  return name ? checked(field, name, checkDns1123Subdomain(name)) : [required(field)];
}

/** DNS names with slashes between them. */
export function checkPoolName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return [
    ...(name.length > maxPoolLength ? [tooLong(field, maxPoolLength)] : []),
    ...name.split('/').flatMap((part) => checked(field, part, checkDns1123Subdomain(part))),
  ];
}

/** `name`, or `driver.example.com/name`: attributes and capacities of devices. */
export function checkAttributeName(name: string, field: string): FieldError[] {
  const parts = name.split('/');
  if (parts.length > 2) return [invalid(field, name, 'must not contain more than one slash')];
  const id = parts[parts.length - 1] as string;
  if (parts.length === 1) return checkId(id, field);
  const domain = parts[0] as string;
  return [
    ...(domain ? checkDriverName(field, domain) : [invalid(field, '', 'the domain must not be empty')]),
    ...(id ? checkId(id, field) : [invalid(field, '', 'the name must not be empty')]),
  ];
}

/** `driver.example.com/name`. */
export function checkFullAttributeName(name: string, field: string): FieldError[] {
  const errors = checkAttributeName(name, field);
  if (name.includes('/')) return errors;
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...errors, invalid(field, name, detail)];
}

function checkId(id: string, field: string): FieldError[] {
  return [
    ...(id.length > maxIdLength ? [tooLong(field, maxIdLength)] : []),
    ...checked(field, id, checkCIdentifier(id)),
  ];
}
