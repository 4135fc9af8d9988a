import type { ResourceV1ResourceClaim as ResourceClaim, ResourceClaimSpec } from '../../generated/types';
import type { Kind } from '../../kind';
import { resourceClaims } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { keepSpec } from '../shared/strategy';
import { checkClaimSpec, defaultClaimSpec } from './claim-spec';
import { checkClaimStatus } from './claim-status';

/** A claim of devices. Stored as it is: nothing here allocates devices. */
export const resourceClaimKind: Kind<ResourceClaim> = {
  resource: resourceClaims,
  singular: 'resourceclaim',
  shortNames: [],
  categories: [],
  schema: builtInSchema(resourceClaims),
  subresources: { status: true },
  applyDefaults(claim) {
    defaultClaimSpec(ensure(claim, 'spec', () => ({}) as ResourceClaimSpec));
  },
  prepareForCreate(claim) {
    claim.status = {};
  },
  prepareForUpdate(claim, old) {
    claim.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  statusKeeps: 'metadata',
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkClaimSpec(spec, 'spec'),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec', spec, old.spec),
  ],
  validateStatusUpdate: checkClaimStatus,
  columns: [nameColumn(), textColumn('State', 'What became of it.', stateText), ageColumn()],
};

function stateText({ metadata, status }: ResourceClaim): string {
  const states: string[] = metadata.deletionTimestamp ? ['deleted'] : [];
  if (status?.allocation) states.push('allocated');
  else if (states.length === 0) states.push('pending');
  if (status?.allocation && status.reservedFor?.length) states.push('reserved');
  return states.join(',');
}
