import type { ReplicaSet } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { replicaSets } from '../../resource';
import { defaultPodTemplate } from '../core/pod/defaults';
import { checkWorkload } from '../core/pod/template';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { defaultTo, ensure } from '../shared/defaulting';
import { checkNonNegative } from '../shared/limits';
import { podNameWarnings } from '../shared/name-warnings';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkCounts } from '../shared/status-counts';
import { specStrategy } from '../shared/strategy';
import { workloadColumns } from '../shared/workload-columns';

export const replicaSetKind: Kind<ReplicaSet> = {
  resource: replicaSets,
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  schema: builtInSchema(replicaSets),
  subresources: {
    status: true,
    scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.spec.selector' },
  },
  applyDefaults(set) {
    const spec = ensure(set, 'spec', () => ({}) as NonNullable<ReplicaSet['spec']>);
    defaultTo(spec, 'replicas', 1);
    defaultPodTemplate(spec.template);
  },
  ...specStrategy<ReplicaSet>(() => ({ replicas: 0 })),
  validate: (set) => [
    ...checkObjectMeta(set.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkNonNegative('spec.replicas', set.spec?.replicas),
    ...checkNonNegative('spec.minReadySeconds', set.spec?.minReadySeconds),
    ...checkWorkload(set.spec ?? {}, 'deployment'),
  ],
  validateUpdate: (set, old) => [
    ...checkObjectMetaUpdate(set.metadata, old.metadata),
    ...checkImmutable('spec.selector', set.spec?.selector, old.spec?.selector),
  ],
  validateStatusUpdate: checkStatusUpdate,
  warnings: ({ metadata, spec }) => [...podNameWarnings(metadata), ...templateWarnings(spec?.template)],
  columns: [
    nameColumn(),
    integerColumn('Desired', 'Replicas that are wanted.', (set) => set.spec?.replicas ?? 0),
    integerColumn('Current', 'Replicas that there are.', (set) => set.status?.replicas ?? 0),
    integerColumn('Ready', 'Replicas that are ready.', (set) => set.status?.readyReplicas ?? 0),
    ageColumn(),
    ...workloadColumns<ReplicaSet>(),
  ],
  selectableFields: { 'status.replicas': (set) => String(set.status?.replicas ?? 0) },
};

function checkStatusUpdate(set: ReplicaSet, old: ReplicaSet): FieldError[] {
  const status = set.status ?? { replicas: 0 };
  return [
    ...checkObjectMetaUpdate(set.metadata, old.metadata),
    ...checkCounts(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], {
      fullyLabeledReplicas: 'replicas',
      readyReplicas: 'replicas',
      availableReplicas: ['replicas', 'readyReplicas'],
    }),
  ];
}
