import { invalid, required } from '../../field-errors';
import type { Job, JobSpec, PodTemplateSpec } from '../../generated/types';
import { humanDuration } from '../../human-duration';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Label } from '../../names';
import { isConditionTrue } from '../../pod-status';
import { jobs } from '../../resource';
import { equalJson } from '../../schema-engine';
import { selectsLabels } from '../../selector';
import { jobLabels } from '../../well-known';
import { defaultPodTemplate } from '../core/pod/defaults';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkLabelSelector } from '../shared/labels';
import { podNameWarnings } from '../shared/name-warnings';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { workloadColumns } from '../shared/workload-columns';
import { checkJobSpec } from './job-rules';
import { checkJobStatusUpdate } from './job-status';

export const jobKind: Kind<Job> = {
  resource: jobs,
  singular: 'job',
  shortNames: [],
  categories: ['all'],
  schema: builtInSchema(jobs),
  // As in batch/v1 from the start; kubectl asks for its pods to go.
  orphansDependents: true,
  subresources: { status: true },
  applyDefaults,
  ...specStrategy<Job>(() => ({})),
  validate: (job) => [
    ...checkObjectMeta(job.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSelector(job),
    ...checkJobSpec(job.spec ?? ({} as JobSpec), 'spec'),
    ...checkHostnames(job),
  ],
  validateUpdate: checkUpdate,
  validateStatusUpdate: checkJobStatusUpdate,
  warnings: ({ metadata, spec }) => [...podNameWarnings(metadata), ...templateWarnings(spec?.template)],
  columns: [
    nameColumn(),
    textColumn('Status', 'Running, Suspended, Complete, Failed, …', statusText),
    textColumn('Completions', 'Pods that succeeded, of those that shall.', completionsText),
    textColumn('Duration', 'How long it has run.', durationText),
    ageColumn(),
    ...workloadColumns<Job>(),
  ],
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
};

function applyDefaults(job: Job): void {
  const spec = ensure(job, 'spec', () => ({}) as JobSpec);
  // Without both numbers one pod is to succeed; with one of them the other says more than 1 would.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  defaultTo(spec, 'parallelism', 1);
  defaultTo(spec, 'backoffLimit', spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1);
  defaultEmpty(spec, 'completionMode', 'NonIndexed');
  defaultTo(spec, 'suspend', false);
  defaultTo(spec, 'manualSelector', false);
  defaultEmpty(spec, 'podReplacementPolicy', spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed');
  defaultJobPods(spec);
  labelAsPods(job);
}

/** A job without labels of its own has those of its pods. */
function labelAsPods({ metadata, spec }: Job): void {
  const labels = spec?.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0 && Object.keys(metadata.labels ?? {}).length === 0) {
    metadata.labels = { ...labels };
  }
}

/** The part of the defaults that the template of a CronJob gets too. */
export function defaultJobPods(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) defaultEmpty(pattern, 'status', 'True');
  }
  defaultPodTemplate(spec.template);
}

/**
 * Gives a new job the selector by which it alone knows its pods, made of its uid, and its pods the labels for it.
 * In place; a job that brings its own selector (`manualSelector`) keeps it.
 */
export function generateJobSelector(job: Job): void {
  const { uid, name = '' } = job.metadata;
  const { spec } = job;
  if (!spec?.template || !uid || spec.manualSelector) return;
  const metadata = ensure(spec.template, 'metadata', () => ({}) as NonNullable<PodTemplateSpec['metadata']>);
  const labels = ensure(metadata, 'labels');
  for (const [key, value] of Object.entries(generatedLabels(uid, name))) labels[key] ??= value;
  spec.selector ??= {};
  const matchLabels = ensure(spec.selector, 'matchLabels');
  matchLabels[jobLabels.controllerUid] ??= uid;
  labelAsPods(job);
}

function generatedLabels(uid: string, name: string): Record<string, string> {
  return {
    [jobLabels.controllerUid]: uid,
    [jobLabels.jobName]: name,
    [jobLabels.legacyControllerUid]: uid,
    [jobLabels.legacyJobName]: name,
  };
}

function checkSelector({ metadata, spec }: Job): FieldError[] {
  const { selector, template, manualSelector } = spec ?? ({} as JobSpec);
  const labels = template?.metadata?.labels ?? {};
  // At plan nothing has a uid yet; the selector is made of it when the job is.
  if (!manualSelector && !metadata.uid) return checkLabelSelector(selector, 'spec.selector');
  if (!selector) return [required('spec.selector')];
  const errors = checkLabelSelector(selector, 'spec.selector');
  if (errors.length > 0) return errors;
  if (!manualSelector) errors.push(...checkGenerated(metadata.uid ?? '', metadata.name ?? '', selector, labels));
  if (template && !selectsLabels(selector, labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return errors;
}

function checkGenerated(
  uid: string,
  name: string,
  selector: NonNullable<JobSpec['selector']>,
  labels: Record<string, string>,
): FieldError[] {
  const expected = generatedLabels(uid, name);
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    const field = 'spec.template.metadata.labels';
    if (labels[key] === undefined) return [required(field, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalid(field, labels, `must be '${value}'`)];
  });
  if (!selectsLabels(selector, expected)) {
    errors.push(invalid('spec.selector', selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** A pod of an Indexed job has its index in its hostname. */
function checkHostnames({ metadata, spec }: Job): FieldError[] {
  if (spec?.completionMode !== 'Indexed' || !spec.completions || spec.completions < 0) return [];
  const longest = `${metadata.name ?? ''}-${spec.completions - 1}`;
  if (!metadata.name || checkDns1123Label(longest).length === 0) return [];
  return [invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${longest}`)];
}

const immutable = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

function checkUpdate(job: Job, old: Job): FieldError[] {
  const spec = job.spec ?? ({} as JobSpec);
  const before = old.spec ?? ({} as JobSpec);
  return [
    ...checkObjectMetaUpdate(job.metadata, old.metadata),
    ...checkCompletions(spec, before),
    ...checkTemplateUpdate(job, old),
    ...immutable.flatMap((key) => checkImmutable(`spec.${key}`, spec[key], before[key])),
  ];
}

/** An Indexed job may grow and shrink as long as all its indexes run at once. */
function checkCompletions(spec: JobSpec, before: JobSpec): FieldError[] {
  if (spec.completions === before.completions) return [];
  if (before.completionMode !== 'Indexed' || spec.completions === undefined || before.completions === undefined) {
    return checkImmutable('spec.completions', spec.completions, before.completions);
  }
  if (spec.completions === spec.parallelism && before.completions === before.parallelism) return [];
  return [invalid('spec.completions', spec.completions, 'can only be modified in tandem with parallelism')];
}

/** While a job is suspended and has never run, where its pods will run may still change. */
function checkTemplateUpdate(job: Job, old: Job): FieldError[] {
  const before = old.spec?.template;
  const now = job.spec?.template;
  const unstarted = old.spec?.suspend === true && !old.status?.startTime;
  const comparable = unstarted ? withPlacementOf(now, before) : now;
  return equalJson(comparable ?? null, before ?? null) ? [] : checkImmutable('spec.template', now, before);
}

function withPlacementOf(template: PodTemplateSpec | undefined, from: PodTemplateSpec | undefined) {
  if (!template?.spec || !from?.spec) return template;
  const { labels, annotations } = from.metadata ?? {};
  const { nodeSelector, tolerations, schedulingGates } = from.spec;
  const affinity =
    template.spec.affinity || from.spec.affinity
      ? { ...template.spec.affinity, nodeAffinity: from.spec.affinity?.nodeAffinity }
      : undefined;
  const emptied = affinity && Object.values(affinity).every((value) => value === undefined) && !from.spec.affinity;
  return {
    ...template,
    metadata: from.metadata && { ...template.metadata, labels, annotations },
    spec: { ...template.spec, nodeSelector, tolerations, schedulingGates, affinity: emptied ? undefined : affinity },
  };
}

function statusText(job: Job): string {
  if (isConditionTrue(job, 'Complete')) return 'Complete';
  if (isConditionTrue(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  if (isConditionTrue(job, 'Suspended')) return 'Suspended';
  if (isConditionTrue(job, 'FailureTarget')) return 'FailureTarget';
  return isConditionTrue(job, 'SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, now: number): string {
  if (!status?.startTime) return '';
  return humanDuration(
    (status.completionTime ? Date.parse(status.completionTime) : now) - Date.parse(status.startTime),
  );
}
