import { forbidden } from '../../field-errors';
import type { Lease } from '../../generated/types';
import type { Kind } from '../../kind';
import { leases } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkNonNegative, checkPositive } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const leaseKind: Kind<Lease> = {
  resource: leases,
  singular: 'lease',
  shortNames: [],
  categories: [],
  schema: builtInSchema(leases),
  subresources: {},
  replaceCreates: true,
  replaceNeedsVersion: true,
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain, anyFinalizer: true }),
    ...checkPositive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds),
    ...checkNonNegative('spec.leaseTransitions', spec?.leaseTransitions),
    ...(['strategy', 'preferredHolder'] as const)
      .filter((key) => spec?.[key] !== undefined)
      .map((key) => forbidden(`spec.${key}`, 'coordinated leader election is not served')),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [
    nameColumn(),
    textColumn('Holder', 'Who holds the lease.', ({ spec }) => spec?.holderIdentity ?? ''),
    ageColumn(),
  ],
};
