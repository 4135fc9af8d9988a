import { forbidden, invalid, required } from '../../field-errors';
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy, Volume } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Label } from '../../names';
import { statefulSets } from '../../resource';
import { equalJson } from '../../schema-engine';
import { defaultClaimSpec } from '../core/claim-spec';
import { defaultPodTemplate } from '../core/pod/defaults';
import { checkPodTemplate, checkRunsForGood, checkSelected, checkWorkloadSelector } from '../core/pod/template';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkIntOrPercent, isZero } from '../shared/int-or-percent';
import { checked, checkNonNegative } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkCounts, checkNotDecremented } from '../shared/status-counts';
import { specStrategy } from '../shared/strategy';
import { checkWord } from '../shared/values';
import { templateColumns } from '../shared/workload-columns';

export const statefulSetKind: Kind<StatefulSet> = {
  resource: statefulSets,
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  schema: builtInSchema(statefulSets),
  subresources: {
    status: true,
    scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.spec.selector' },
  },
  applyDefaults,
  ...specStrategy<StatefulSet>(() => ({ replicas: 0, availableReplicas: 0 })),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as StatefulSetSpec)),
  ],
  validateUpdate: checkUpdate,
  validateStatusUpdate: checkStatusUpdate,
  warnings: ({ spec }) => [
    ...templateWarnings(spec?.template),
    ...((spec?.revisionHistoryLimit ?? 0) < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ],
  columns: [
    nameColumn(),
    textColumn(
      'Ready',
      'Replicas that are ready, of those wanted.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn(),
    ...templateColumns<StatefulSet>(({ spec }) => spec?.template),
  ],
};

function applyDefaults(set: StatefulSet): void {
  const spec = ensure(set, 'spec', () => ({}) as StatefulSetSpec);
  defaultEmpty(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = ensure(spec, 'updateStrategy');
  defaultEmpty(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') defaultTo(ensure(strategy, 'rollingUpdate'), 'partition', 0);
  const retention = ensure(spec, 'persistentVolumeClaimRetentionPolicy');
  defaultEmpty(retention, 'whenDeleted', 'Retain');
  defaultEmpty(retention, 'whenScaled', 'Retain');
  defaultTo(spec, 'replicas', 1);
  defaultTo(spec, 'revisionHistoryLimit', 10);
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    defaultClaimSpec(ensure(claim, 'spec'));
    defaultEmpty(ensure(claim, 'status'), 'phase', 'Pending');
  }
}

function checkSpec(spec: StatefulSetSpec): FieldError[] {
  const errors = [
    ...checkManagementPolicy(spec.podManagementPolicy),
    ...checkStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...checkRetention(spec),
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkNonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(spec.serviceName ? checked('spec.serviceName', spec.serviceName, checkDns1123Label(spec.serviceName)) : []),
  ];
  const selector = checkWorkloadSelector(spec.selector, 'statefulset', 'spec.selector');
  if (!spec.template) return [...errors, ...selector, required('spec.template')];
  return [
    ...errors,
    ...selector,
    ...(selector.length ? [] : checkSelected(spec.selector, spec.template, 'spec.template')),
    ...checkPodTemplate(withClaimVolumes(spec), 'spec.template'),
    ...checkRunsForGood(spec.template, 'StatefulSet', 'spec.template'),
  ];
}

/** The template as its pods get it: with a volume for each claim template, which containers may mount. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSetSpec): StatefulSetSpec['template'] {
  const claims = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '').filter(Boolean);
  const own = (template.spec?.volumes ?? []).filter(({ name }) => !claims.includes(name));
  const made = claims.map((name): Volume => ({ name, persistentVolumeClaim: { claimName: name } }));
  return template.spec ? { ...template, spec: { ...template.spec, volumes: [...own, ...made] } } : template;
}

function checkManagementPolicy(policy: string | undefined): FieldError[] {
  const field = 'spec.podManagementPolicy';
  if (!policy) return [required(field)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function checkStrategy(strategy: StatefulSetUpdateStrategy, field: string): FieldError[] {
  const { type, rollingUpdate } = strategy;
  if (!type) return [required(field)];
  if (type === 'OnDelete') {
    if (!rollingUpdate) return [];
    return [invalid(`${field}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  if (type !== 'RollingUpdate') return [invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const at = `${field}.rollingUpdate.maxUnavailable`;
  const errors = [
    ...checkNonNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition),
    ...checkIntOrPercent(at, rollingUpdate?.maxUnavailable, { atMost100Percent: true }),
  ];
  if (errors.length === 0 && rollingUpdate?.maxUnavailable !== undefined && isZero(rollingUpdate.maxUnavailable)) {
    errors.push(invalid(at, rollingUpdate.maxUnavailable, 'cannot be 0'));
  }
  return errors;
}

function checkRetention({ persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec): FieldError[] {
  if (!policy) return [];
  const words = ['Delete', 'Retain'];
  const field = 'spec.persistentVolumeClaimRetentionPolicy';
  return [
    ...checkWord(`${field}.whenDeleted`, policy.whenDeleted, words),
    ...checkWord(`${field}.whenScaled`, policy.whenScaled, words),
  ];
}

const updatable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function checkUpdate(set: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = checkObjectMetaUpdate(set.metadata, old.metadata);
  const fixed = (spec: StatefulSetSpec | undefined) =>
    Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !updatable.some((name) => name === key)));
  if (!equalJson(fixed(set.spec), fixed(old.spec))) {
    const names = updatable.map((name) => `'${name}'`);
    const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    errors.push(forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`));
  }
  return errors;
}

function checkStatusUpdate({ metadata, status }: StatefulSet, old: StatefulSet): FieldError[] {
  const counts = status ?? ({ replicas: 0 } as NonNullable<StatefulSet['status']>);
  return [
    ...checkCounts(
      counts,
      [
        'replicas',
        'readyReplicas',
        'currentReplicas',
        'updatedReplicas',
        'availableReplicas',
        'observedGeneration',
        'collisionCount',
      ],
      {
        readyReplicas: 'replicas',
        currentReplicas: 'replicas',
        updatedReplicas: 'replicas',
        availableReplicas: ['replicas', 'readyReplicas'],
      },
    ),
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkNotDecremented(counts.collisionCount, old.status?.collisionCount),
  ];
}
