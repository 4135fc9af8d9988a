import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { checked } from './limits';

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** A name of the form `acme.io/foo`. */
export function checkDomainPrefixedPath(field: string, value: string): FieldError[] {
  const at = value.indexOf('/');
  const [domain, path] = at < 0 ? ['', ''] : [value.slice(0, at), value.slice(at + 1)];
  if (!domain || !path) return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = checked(field, domain, checkDns1123Subdomain(domain));
  if (!new RegExp(`^${pathPattern}$`).test(path)) {
    errors.push(invalid(field, path, `Invalid path (regex used for validation is '${pathPattern}')`));
  }
  return errors;
}
