import { invalid } from '../../field-errors';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { podDisruptionBudgets } from '../../resource';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../shared/columns';
import { checkIntOrPercent } from '../shared/int-or-percent';
import { checkLabelSelector, isEmptySelector } from '../shared/labels';
import { checkNonNegative } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { checkOptionalWord } from '../shared/values';

const newStatus = (): PodDisruptionBudgetStatus => ({
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
});

export const podDisruptionBudgetKind: Kind<PodDisruptionBudget> = {
  resource: podDisruptionBudgets,
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  categories: [],
  schema: builtInSchema(podDisruptionBudgets),
  subresources: { status: true },
  ...specStrategy<PodDisruptionBudget>(newStatus),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? {}),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...(['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const).flatMap((key) =>
      checkNonNegative(`status.${key}`, status?.[key]),
    ),
  ],
  warnings: ({ spec }) =>
    spec?.selector && isEmptySelector(spec.selector)
      ? ['spec.selector: this selects all pods in the namespace: an empty selector of policy/v1 matches every pod']
      : [],
  columns: [
    nameColumn(),
    textColumn('Min Available', 'Pods that must stay.', ({ spec }) => amount(spec?.minAvailable)),
    textColumn('Max Unavailable', 'Pods that may be missing.', ({ spec }) => amount(spec?.maxUnavailable)),
    integerColumn(
      'Allowed Disruptions',
      'Pods that may be evicted now.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
};

function amount(value: number | string | undefined): string {
  return value === undefined ? 'N/A' : String(value);
}

function checkSpec(spec: PodDisruptionBudgetSpec): FieldError[] {
  const { minAvailable, maxUnavailable } = spec;
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...checkIntOrPercent('spec.minAvailable', minAvailable, { atMost100Percent: true }),
    ...checkIntOrPercent('spec.maxUnavailable', maxUnavailable, { atMost100Percent: true }),
    ...checkLabelSelector(spec.selector, 'spec.selector'),
    ...checkOptionalWord('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, policies),
  ];
}
