import { required } from '../../field-errors';
import type { PodTemplate } from '../../generated/types';
import type { Kind } from '../../kind';
import { podTemplates } from '../../resource';
import { equalJson } from '../../schema-engine';
import { formatLabelSelector } from '../../selector';
import { nameColumn, none, textColumn } from '../shared/columns';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { defaultPodTemplate } from './pod/defaults';
import { checkPodTemplate } from './pod/template';
import { podWarnings } from './pod/warnings';

export const podTemplateKind: Kind<PodTemplate> = {
  resource: podTemplates,
  singular: 'podtemplate',
  shortNames: [],
  categories: [],
  schema: builtInSchema(podTemplates),
  subresources: {},
  applyDefaults: ({ template }) => defaultPodTemplate(template),
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate(object, old) {
    countGeneration(object, old, equalJson(object.template ?? null, old.template ?? null));
  },
  validate: ({ metadata, template }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...(template ? checkPodTemplate(template, 'template') : [required('template')]),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  warnings: ({ template }) => podWarnings(template?.spec, 'template.spec'),
  columns: [
    nameColumn(),
    textColumn('Containers', 'Names of the containers.', (object) => list(object, 'name')),
    textColumn('Images', 'Images of the containers.', (object) => list(object, 'image')),
    textColumn('Pod Labels', 'Labels that the pods get.', ({ template }) => {
      return formatLabelSelector({ matchLabels: template?.metadata?.labels }) || none;
    }),
  ],
};

function list({ template }: PodTemplate, key: 'name' | 'image'): string {
  return (template?.spec?.containers ?? []).map((container) => container[key] ?? '').join(',');
}
