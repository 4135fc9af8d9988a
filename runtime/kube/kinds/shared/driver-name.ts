import { required, tooLong } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { checked } from './limits';

const maxLength = 63;

/** The name by which a storage or device driver is known: a DNS name of at most 63 characters, capitals allowed. */
export function checkDriverName(field: string, name: string | undefined): FieldError[] {
  if (!name) return [required(field)];
  return [
    ...(name.length > maxLength ? [tooLong(field, maxLength)] : []),
    ...checked(field, name, checkDns1123Subdomain(name.toLowerCase())),
  ];
}
