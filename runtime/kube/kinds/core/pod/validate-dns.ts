import { invalid, required } from '../../../field-errors';
import type { PodSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Subdomain } from '../../../names';
import { checked } from '../../shared/limits';
import { checkIp } from '../../shared/values';

const maxNameservers = 3;
const maxSearches = 32;

export function checkDns({ dnsPolicy, dnsConfig }: PodSpec, field: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!dnsConfig.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(`${field}.nameservers`, detail)];
    }
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const errors: FieldError[] = [];
  if (nameservers.length > maxNameservers) {
    errors.push(invalid(`${field}.nameservers`, nameservers, `must not have more than ${maxNameservers} nameservers`));
  }
  if (searches.length > maxSearches) {
    errors.push(invalid(`${field}.searches`, searches, `must not have more than ${maxSearches} search paths`));
  }
  return [
    ...errors,
    ...nameservers.flatMap((ip, index) => checkIp(`${field}.nameservers[${index}]`, ip)),
    ...searches.flatMap((domain, index) => {
      const bare = domain.replace(/(?<=.)\.$/, '');
      return bare === '.' ? [] : checked(`${field}.searches[${index}]`, domain, checkDns1123Subdomain(bare));
    }),
    ...options.flatMap(({ name }, index) =>
      name ? [] : [required(`${field}.options[${index}]`, 'must not be empty')],
    ),
  ];
}
