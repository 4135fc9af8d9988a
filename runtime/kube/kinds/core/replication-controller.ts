import { invalid, required } from '../../field-errors';
import type {
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
} from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { replicationControllers } from '../../resource';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { defaultTo, ensure } from '../shared/defaulting';
import { checkNonNegative } from '../shared/limits';
import { podNameWarnings } from '../shared/name-warnings';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkCounts } from '../shared/status-counts';
import { specStrategy } from '../shared/strategy';
import { selectorColumn, templateColumns } from '../shared/workload-columns';
import { defaultPodTemplate } from './pod/defaults';
import { checkPodTemplate, checkRunsForGood } from './pod/template';
import { templateWarnings } from './pod/warnings';

export const replicationControllerKind: Kind<ReplicationController> = {
  resource: replicationControllers,
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  // As it was before there was a garbage collector; clients that want otherwise say so.
  orphansDependents: true,
  schema: builtInSchema(replicationControllers),
  subresources: {
    status: true,
    scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.spec.selector' },
  },
  applyDefaults,
  ...specStrategy<ReplicationController>(() => ({ replicas: 0 })),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? {}),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkStatus(status ?? { replicas: 0 }),
  ],
  warnings: ({ metadata, spec }) => [...podNameWarnings(metadata), ...templateWarnings(spec?.template)],
  columns: [
    nameColumn(),
    integerColumn('Desired', 'Replicas that are wanted.', ({ spec }) => spec?.replicas ?? 0),
    integerColumn('Current', 'Replicas that there are.', ({ status }) => status?.replicas ?? 0),
    integerColumn('Ready', 'Replicas that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn(),
    ...templateColumns<ReplicationController>(({ spec }) => spec?.template),
    selectorColumn<ReplicationController>(({ spec }) => spec?.selector && { matchLabels: spec.selector }),
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
};

/** Selector and labels may be left to the template's labels. */
function applyDefaults(controller: ReplicationController): void {
  const spec = ensure(controller, 'spec');
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0) {
    if (!Object.keys(spec.selector ?? {}).length) spec.selector = { ...labels };
    if (!Object.keys(controller.metadata.labels ?? {}).length) controller.metadata.labels = { ...labels };
  }
  defaultTo(spec, 'replicas', 1);
  defaultPodTemplate(spec.template);
}

function checkSpec(spec: ReplicationControllerSpec): FieldError[] {
  const { selector = {}, template } = spec;
  const errors = [
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...(Object.keys(selector).length === 0 ? [required('spec.selector')] : []),
    ...checkNonNegative('spec.replicas', spec.replicas),
  ];
  if (!template) return [...errors, required('spec.template')];
  const labels = template.metadata?.labels ?? {};
  if (!Object.entries(selector).every(([key, value]) => labels[key] === value)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [
    ...errors,
    ...checkPodTemplate(template, 'spec.template'),
    ...checkRunsForGood(template, 'ReplicationController', 'spec.template'),
  ];
}

function checkStatus(status: ReplicationControllerStatus): FieldError[] {
  return checkCounts(
    status,
    ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'],
    {
      fullyLabeledReplicas: 'replicas',
      readyReplicas: 'replicas',
      availableReplicas: ['replicas', 'readyReplicas'],
    },
  );
}
