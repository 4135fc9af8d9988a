import type { ServiceAccount } from '../../generated/types';
import type { Kind } from '../../kind';
import { serviceAccounts } from '../../resource';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const serviceAccountKind: Kind<ServiceAccount> = {
  resource: serviceAccounts,
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  schema: builtInSchema(serviceAccounts),
  subresources: {},
  replaceNeedsVersion: true,
  validate: ({ metadata }) => checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  warnings: ({ metadata }, old) => {
    const key = 'kubernetes.io/enforce-mountable-secrets';
    const value = metadata.annotations?.[key];
    if (value === undefined || value === old?.metadata.annotations?.[key]) return [];
    return [
      `metadata.annotations[${key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
    ];
  },
  columns: [
    nameColumn(),
    integerColumn('Secrets', 'Secrets that pods of this account may mount.', ({ secrets }) => secrets?.length ?? 0),
    ageColumn(),
  ],
};
