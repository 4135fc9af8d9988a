import { invalid, required } from '../../field-errors';
import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetStatus,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { daemonSets } from '../../resource';
import { equalJson } from '../../schema-engine';
import { formatLabelSelector } from '../../selector';
import { annotations } from '../../well-known';
import { defaultPodTemplate } from '../core/pod/defaults';
import { checkPodTemplate, checkRunsForGood, checkSelected } from '../core/pod/template';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, integerColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkIntOrPercent, isZero } from '../shared/int-or-percent';
import { checkLabelSelector, isEmptySelector } from '../shared/labels';
import { checkNonNegative } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkCounts, checkNotDecremented } from '../shared/status-counts';
import { specStrategy } from '../shared/strategy';
import { checkWord } from '../shared/values';
import { workloadColumns } from '../shared/workload-columns';

const strategy = specStrategy<DaemonSet>(() => ({
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
}));

export const daemonSetKind: Kind<DaemonSet> = {
  resource: daemonSets,
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  schema: builtInSchema(daemonSets),
  subresources: { status: true },
  applyDefaults,
  ...strategy,
  prepareForCreate(set) {
    strategy.prepareForCreate?.(set);
    setTemplateGeneration(set, 1);
  },
  prepareForUpdate(set, old) {
    strategy.prepareForUpdate?.(set, old);
    const same = equalJson(set.spec?.template ?? null, old.spec?.template ?? null);
    setTemplateGeneration(set, templateGeneration(old) + (same ? 0 : 1));
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as DaemonSetSpec)),
  ],
  validateUpdate: (set, old) => [
    ...checkObjectMetaUpdate(set.metadata, old.metadata),
    ...checkImmutable('spec.selector', set.spec?.selector, old.spec?.selector),
  ],
  validateStatusUpdate: checkStatusUpdate,
  warnings: ({ spec }) => templateWarnings(spec?.template),
  columns: [
    nameColumn(),
    countColumn('Desired', 'Nodes that should run the pod.', 'desiredNumberScheduled'),
    countColumn('Current', 'Nodes that have the pod and should.', 'currentNumberScheduled'),
    countColumn('Ready', 'Nodes on which the pod is ready.', 'numberReady'),
    countColumn('Up-to-date', 'Nodes whose pod is of the current template.', 'updatedNumberScheduled'),
    countColumn('Available', 'Nodes on which the pod serves.', 'numberAvailable'),
    textColumn('Node Selector', 'Labels of the nodes that run the pod.', ({ spec }) => {
      const matchLabels = spec?.template?.spec?.nodeSelector;
      return formatLabelSelector({ matchLabels }) || none;
    }),
    ageColumn(),
    ...workloadColumns<DaemonSet>(),
  ],
};

function countColumn(name: string, description: string, count: keyof DaemonSetStatus) {
  return integerColumn<DaemonSet>(name, description, ({ status }) => Number(status?.[count] ?? 0));
}

function applyDefaults(set: DaemonSet): void {
  const spec = ensure(set, 'spec', () => ({}) as DaemonSetSpec);
  const update = ensure(spec, 'updateStrategy');
  defaultEmpty(update, 'type', 'RollingUpdate');
  if (update.type === 'RollingUpdate') {
    const rolling = ensure(update, 'rollingUpdate');
    defaultTo(rolling, 'maxUnavailable', 1);
    defaultTo(rolling, 'maxSurge', 0);
  }
  defaultTo(spec, 'revisionHistoryLimit', 10);
  defaultPodTemplate(spec.template);
  // Whoever creates the set owns it, as in Kubernetes, where it is another form of a field.
  if (!set.metadata.annotations?.[annotations.daemonSetTemplateGeneration]) setTemplateGeneration(set, 1);
}

/** Counts the templates of a DaemonSet; only the server writes it. Old clients compare pods by it. */
function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[annotations.daemonSetTemplateGeneration] ?? 1) || 1;
}

function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  ensure(metadata, 'annotations')[annotations.daemonSetTemplateGeneration] = String(generation);
}

function checkSpec(spec: DaemonSetSpec): FieldError[] {
  const { selector, template } = spec;
  const errors = checkLabelSelector(selector, 'spec.selector');
  if (selector && isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...(template && errors.length === 0 ? checkSelected(selector, template, 'spec.template') : []),
    ...(template
      ? [...checkPodTemplate(template, 'spec.template'), ...checkRunsForGood(template, 'DaemonSet', 'spec.template')]
      : [required('spec.template')]),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function checkUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, field: string): FieldError[] {
  const errors = checkWord(`${field}.type`, type, ['RollingUpdate', 'OnDelete']);
  if (type !== 'RollingUpdate') return errors;
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`)];
  return checkRollingUpdate(rollingUpdate, `${field}.rollingUpdate`);
}

function checkRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet, field: string): FieldError[] {
  const errors = [
    ...checkIntOrPercent(`${field}.maxUnavailable`, maxUnavailable, { atMost100Percent: true }),
    ...checkIntOrPercent(`${field}.maxSurge`, maxSurge, { atMost100Percent: true }),
  ];
  if (errors.length > 0) return errors;
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    return [invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')];
  }
  return isZero(maxUnavailable) && isZero(maxSurge)
    ? [required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
    : [];
}

function checkStatusUpdate({ metadata, status }: DaemonSet, old: DaemonSet): FieldError[] {
  const counts = status ?? ({} as DaemonSetStatus);
  return [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkCounts(
      counts,
      [
        'currentNumberScheduled',
        'numberMisscheduled',
        'desiredNumberScheduled',
        'numberReady',
        'observedGeneration',
        'updatedNumberScheduled',
        'numberAvailable',
        'numberUnavailable',
        'collisionCount',
      ],
      {},
    ),
    ...checkNotDecremented(counts.collisionCount, old.status?.collisionCount),
  ];
}
