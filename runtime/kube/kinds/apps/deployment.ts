import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { deployments } from '../../resource';
import { defaultPodTemplate } from '../core/pod/defaults';
import { checkWorkload } from '../core/pod/template';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkIntOrPercent, isZero } from '../shared/int-or-percent';
import { checkNonNegative } from '../shared/limits';
import { podNameWarnings } from '../shared/name-warnings';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkCounts, checkNotDecremented } from '../shared/status-counts';
import { specStrategy } from '../shared/strategy';
import { workloadColumns } from '../shared/workload-columns';

export const deploymentKind: Kind<Deployment> = {
  resource: deployments,
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  schema: builtInSchema(deployments),
  subresources: {
    status: true,
    scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.spec.selector' },
  },
  applyDefaults,
  ...specStrategy<Deployment>(() => ({})),
  statusKeeps: 'labels',
  validate: (deployment) => [
    ...checkObjectMeta(deployment.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(deployment.spec ?? ({} as DeploymentSpec)),
  ],
  validateUpdate: (deployment, old) => [
    ...checkObjectMetaUpdate(deployment.metadata, old.metadata),
    ...checkImmutable('spec.selector', deployment.spec?.selector, old.spec?.selector),
  ],
  validateStatusUpdate: checkStatusUpdate,
  warnings: ({ metadata, spec }) => [...podNameWarnings(metadata), ...templateWarnings(spec?.template)],
  columns: [
    nameColumn(),
    textColumn(
      'Ready',
      'Replicas that are ready, of those wanted.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    integerColumn('Up-to-date', 'Replicas of the current template.', ({ status }) => status?.updatedReplicas ?? 0),
    integerColumn('Available', 'Replicas that serve.', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn(),
    ...workloadColumns<Deployment>(),
  ],
};

function applyDefaults(deployment: Deployment): void {
  const spec = ensure(deployment, 'spec', () => ({}) as DeploymentSpec);
  defaultTo(spec, 'replicas', 1);
  defaultTo(spec, 'revisionHistoryLimit', 10);
  defaultTo(spec, 'progressDeadlineSeconds', 600);
  const strategy = ensure(spec, 'strategy');
  defaultEmpty(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') {
    const rolling = ensure(strategy, 'rollingUpdate');
    defaultTo(rolling, 'maxUnavailable', '25%');
    defaultTo(rolling, 'maxSurge', '25%');
  }
  defaultPodTemplate(spec.template);
}

function checkSpec(spec: DeploymentSpec): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  return [
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkWorkload(spec, 'deployment'),
    ...checkStrategy(spec.strategy ?? {}, 'spec.strategy'),
    ...checkNonNegative('spec.minReadySeconds', minReadySeconds),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...checkNonNegative('spec.progressDeadlineSeconds', deadline),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ];
}

function checkStrategy(strategy: DeploymentStrategy, field: string): FieldError[] {
  const { type, rollingUpdate } = strategy;
  if (type === 'Recreate') {
    if (!rollingUpdate) return [];
    return [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (type !== 'RollingUpdate') return [notSupported(`${field}.type`, type ?? '', ['Recreate', 'RollingUpdate'])];
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`)];
  return checkRollingUpdate(rollingUpdate, `${field}.rollingUpdate`);
}

function checkRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDeployment, field: string): FieldError[] {
  const errors = [
    ...checkIntOrPercent(`${field}.maxUnavailable`, maxUnavailable, { atMost100Percent: true }),
    ...checkIntOrPercent(`${field}.maxSurge`, maxSurge),
  ];
  if (errors.length === 0 && isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return errors;
}

function checkStatusUpdate(deployment: Deployment, old: Deployment): FieldError[] {
  const status = deployment.status ?? {};
  const errors = [
    ...checkObjectMetaUpdate(deployment.metadata, old.metadata),
    ...checkCounts(
      status,
      ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'collisionCount'],
      {
        updatedReplicas: 'replicas',
        readyReplicas: 'replicas',
        availableReplicas: ['replicas', 'readyReplicas'],
      },
    ),
  ];
  return [...errors, ...checkNotDecremented(status.collisionCount, old.status?.collisionCount)];
}
