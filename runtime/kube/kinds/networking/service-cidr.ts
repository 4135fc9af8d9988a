import { invalid, required } from '../../field-errors';
import type { ServiceCIDR } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { serviceCidrs } from '../../resource';
import { checkCanonicalCidr, cidrFamily } from '../shared/cidr';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { immutableField } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { keepSpec } from '../shared/strategy';

export const serviceCidrKind: Kind<ServiceCIDR> = {
  resource: serviceCidrs,
  singular: 'servicecidr',
  shortNames: [],
  categories: [],
  schema: builtInSchema(serviceCidrs),
  subresources: { status: true },
  applyDefaults: (range) => void ensure(range, 'spec'),
  prepareForCreate(range) {
    range.status = {};
  },
  prepareForUpdate(range, old) {
    range.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  statusKeeps: 'metadata',
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkCidrs(spec?.cidrs ?? []),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkChange(spec?.cidrs ?? [], old.spec?.cidrs ?? []),
  ],
  validateStatusUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [
    nameColumn(),
    textColumn('CIDRs', 'Ranges of addresses for Services.', ({ spec }) => (spec?.cidrs ?? []).join(',')),
    ageColumn(),
  ],
};

const field = 'spec.cidrs';

function checkCidrs(cidrs: string[]): FieldError[] {
  if (cidrs.length === 0) return [required(field, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(field, { cidrs }, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, index) => checkCanonicalCidr(`${field}[${index}]`, cidr));
  const [first, second] = cidrs.map(cidrFamily);
  if (second !== undefined && first === second && first !== 0) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalid(field, cidrs, detail));
  }
  return errors;
}

/** A range stays what it is; one family may get the other beside it. */
function checkChange(cidrs: string[], old: string[]): FieldError[] {
  const grows = old.length === 1 && cidrs.length === 2;
  if (cidrs.length !== old.length && !grows) return [invalid(field, cidrs, immutableField)];
  return old.flatMap((cidr, index) =>
    cidr === cidrs[index] ? [] : [invalid(`${field}[${index}]`, cidrs[index], immutableField)],
  );
}
