import { parseCron } from '../../cron';
import { invalid, notSupported, required } from '../../field-errors';
import type { CronJob, CronJobSpec } from '../../generated/types';
import { ageSince } from '../../human-duration';
import type { FieldError, Kind } from '../../kind';
import { cronJobs } from '../../resource';
import { templateWarnings } from '../core/pod/warnings';
import { ageColumn, integerColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkAnnotations, checkLabels } from '../shared/labels';
import { checkNonNegative } from '../shared/limits';
import { podNameWarnings } from '../shared/name-warnings';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { checkWord } from '../shared/values';
import { selectorColumn, templateColumns } from '../shared/workload-columns';
import { defaultJobPods } from './job';
import { checkJobSpec } from './job-rules';

/** Its jobs' names end in a dash and ten digits, and must fit 63 characters. */
const maxName = 52;

export const cronJobKind: Kind<CronJob> = {
  resource: cronJobs,
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  schema: builtInSchema(cronJobs),
  subresources: { status: true },
  applyDefaults(cronJob) {
    const spec = ensure(cronJob, 'spec', () => ({}) as CronJobSpec);
    defaultEmpty(spec, 'concurrencyPolicy', 'Allow');
    defaultTo(spec, 'suspend', false);
    defaultTo(spec, 'successfulJobsHistoryLimit', 3);
    defaultTo(spec, 'failedJobsHistoryLimit', 1);
    if (spec.jobTemplate) ensure(spec.jobTemplate, 'metadata');
    if (spec.jobTemplate?.spec) defaultJobPods(spec.jobTemplate.spec);
  },
  ...specStrategy<CronJob>(() => ({})),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as CronJobSpec)),
    ...((metadata.name?.length ?? 0) > maxName
      ? [invalid('metadata.name', metadata.name, `must be no more than ${maxName} characters`)]
      : []),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  warnings: ({ metadata, spec }) => [
    ...podNameWarnings(metadata),
    ...templateWarnings(spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template.spec'),
  ],
  columns: [
    nameColumn(),
    textColumn('Schedule', 'When it runs.', ({ spec }) => spec?.schedule ?? ''),
    textColumn('Timezone', 'The zone of the schedule.', ({ spec }) => spec?.timeZone ?? none),
    textColumn('Suspend', 'Whether it rests.', ({ spec }) => goBool(spec?.suspend ?? false)),
    integerColumn('Active', 'Jobs of it that run.', ({ status }) => status?.active?.length ?? 0),
    textColumn('Last Schedule', 'When it ran last.', ({ status }, now) =>
      status?.lastScheduleTime ? ageSince(status.lastScheduleTime, now) : none,
    ),
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template),
    selectorColumn<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.selector),
  ],
};

/** As Go prints it: kubectl shows this column as it is. */
function goBool(value: boolean): string {
  return value ? 'True' : 'False';
}

function checkSpec(spec: CronJobSpec): FieldError[] {
  return [
    ...checkSchedule(spec.schedule),
    ...checkZone(spec.timeZone),
    ...checkNonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...checkWord('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...checkJobTemplate(spec),
    ...checkNonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...checkNonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

function checkSchedule(schedule: string | undefined): FieldError[] {
  const field = 'spec.schedule';
  if (!schedule) return [required(field)];
  if (schedule.includes('TZ')) {
    return [invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  }
  try {
    parseCron(schedule);
    return [];
  } catch (error) {
    return [invalid(field, schedule, (error as Error).message)];
  }
}

function checkZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone';
  if (zone === undefined) return [];
  if (zone === '') return [invalid(field, zone, 'must be nil or non-empty string')];
  if (zone.toLowerCase() === 'local') {
    return [invalid(field, zone, 'must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return [];
  } catch {
    return [invalid(field, zone, `unknown time zone ${zone}`)];
  }
}

function checkJobTemplate({ jobTemplate }: CronJobSpec): FieldError[] {
  const field = 'spec.jobTemplate';
  const { metadata, spec } = jobTemplate ?? {};
  if (!spec) return [required(`${field}.spec.template`)];
  return [
    ...checkLabels(metadata?.labels, `${field}.labels`),
    ...checkAnnotations(metadata?.annotations, `${field}.annotations`),
    ...checkJobSpec(spec, `${field}.spec`),
    ...(spec.selector ? [invalid(`${field}.spec.selector`, spec.selector, '`selector` will be auto-generated')] : []),
    ...(spec.manualSelector ? [notSupported(`${field}.spec.manualSelector`, true, ['nil', 'false'])] : []),
  ];
}
