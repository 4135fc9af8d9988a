import { invalid } from '../../field-errors';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { horizontalPodAutoscalers } from '../../resource';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultTo, ensure } from '../shared/defaulting';
import { checkNonNegative } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkBehavior, defaultBehavior } from './behavior';
import { targetsText } from './columns';
import { checkMetrics, checkReference } from './metrics';

/** The stored version, which can say all that the others can. */
export const horizontalPodAutoscalerKind: Kind<HorizontalPodAutoscaler> = {
  resource: horizontalPodAutoscalers,
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  schema: builtInSchema(horizontalPodAutoscalers),
  subresources: { status: true },
  applyDefaults(autoscaler) {
    const spec = ensure(autoscaler, 'spec', () => ({}) as HorizontalPodAutoscalerSpec);
    defaultTo(spec, 'minReplicas', 1);
    if (!spec.metrics?.length) {
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    if (spec.behavior) defaultBehavior(spec.behavior);
  },
  // Kubernetes counts no generation of this kind.
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0 };
  },
  prepareForUpdate(autoscaler, old) {
    autoscaler.status = old.status;
  },
  prepareForStatusUpdate(autoscaler, old) {
    autoscaler.spec = old.spec;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as HorizontalPodAutoscalerSpec)),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkNonNegative('status.currentReplicas', status?.currentReplicas),
    ...checkNonNegative('status.desiredReplicas', status?.desiredReplicas),
  ],
  columns: [
    nameColumn(),
    textColumn('Reference', 'What it scales.', ({ spec }) => {
      return `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`;
    }),
    textColumn('Targets', 'What its metrics are, and what they shall be.', targetsText),
    textColumn('MinPods', 'The least number of pods.', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
    integerColumn('MaxPods', 'The greatest number of pods.', ({ spec }) => spec?.maxReplicas ?? 0),
    integerColumn('Replicas', 'The number of pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn(),
  ],
};

function checkSpec(spec: HorizontalPodAutoscalerSpec): FieldError[] {
  const { minReplicas, maxReplicas = 0 } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return [
    ...errors,
    ...checkReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...checkMetrics(spec.metrics, 'spec.metrics'),
    ...checkBehavior(spec.behavior, 'spec.behavior'),
  ];
}
