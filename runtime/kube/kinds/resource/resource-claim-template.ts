import type { ResourceClaimTemplate } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { resourceClaimTemplates } from '../../resource';
import { ageColumn, nameColumn } from '../shared/columns';
import { checkAnnotations, checkLabels } from '../shared/labels';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkClaimSpec, defaultClaimSpec } from './claim-spec';

export const resourceClaimTemplateKind: Kind<ResourceClaimTemplate> = {
  resource: resourceClaimTemplates,
  singular: 'resourceclaimtemplate',
  shortNames: [],
  categories: [],
  schema: builtInSchema(resourceClaimTemplates),
  subresources: {},
  applyDefaults: ({ spec }) => defaultClaimSpec(spec?.spec),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkTemplateMetadata(spec?.metadata),
    ...checkClaimSpec(spec?.spec, 'spec.spec'),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec', spec, old.spec),
  ],
  columns: [nameColumn(), ageColumn()],
};

function checkTemplateMetadata(metadata: ResourceClaimTemplate['spec']['metadata']): FieldError[] {
  return [
    ...checkAnnotations(metadata?.annotations, 'spec.metadata.annotations'),
    ...checkLabels(metadata?.labels, 'spec.metadata.labels'),
  ];
}
