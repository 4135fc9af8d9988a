import { invalid, required } from '../../field-errors';
import type { Job } from '../../generated/types';
import type { FieldError } from '../../kind';
import { isConditionTrue } from '../../pod-status';
import { checkNonNegative } from '../shared/limits';
import { checkObjectMetaUpdate } from '../shared/object-meta';

const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;

/** A job's status may not contradict itself, and what has ended stays as it ended. */
export function checkJobStatusUpdate(job: Job, old: Job): FieldError[] {
  const status = job.status ?? {};
  return [
    ...checkObjectMetaUpdate(job.metadata, old.metadata),
    ...counts.flatMap((key) => checkNonNegative(`status.${key}`, status[key])),
    ...(status.active !== undefined && status.ready !== undefined && status.ready > status.active
      ? [invalid('status.ready', status.ready, 'cannot set more ready pods than active')]
      : []),
    ...checkConditions(job, old),
    ...checkTimes(job, old),
  ];
}

function checkConditions(job: Job, old: Job): FieldError[] {
  const field = 'status.conditions';
  const conditions = job.status?.conditions ?? [];
  const is = (type: string) => isConditionTrue(job, type);
  const errors: FieldError[] = [];
  if (is('Complete') && is('Failed')) {
    errors.push(invalid(field, conditions, 'cannot set Complete=True and Failed=true conditions'));
  }
  if (is('Complete') && is('FailureTarget')) {
    errors.push(invalid(field, conditions, 'cannot set Complete=True and FailureTarget=true conditions'));
  }
  for (const type of ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet']) {
    if (isConditionTrue(old, type) && !is(type)) {
      errors.push(invalid(field, conditions, `cannot disable the terminal ${type}=True condition`));
    }
  }
  return errors;
}

function checkTimes(job: Job, old: Job): FieldError[] {
  const { status = {} } = job;
  const errors: FieldError[] = [];
  const complete = isConditionTrue(job, 'Complete');
  const finished = complete || isConditionTrue(job, 'Failed');
  if (finished && !status.startTime)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  if (finished && (status.active ?? 0) > 0) {
    errors.push(invalid('status.active', status.active, 'active>0 is invalid for finished job'));
  }
  if (complete && !status.completionTime) {
    errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  if (status.completionTime && !complete) {
    const detail = 'completionTime cannot be set when there is no Complete=True condition';
    errors.push(invalid('status.completionTime', status.completionTime, detail));
  }
  if (status.completionTime && status.startTime && Date.parse(status.completionTime) < Date.parse(status.startTime)) {
    errors.push(
      invalid('status.completionTime', status.completionTime, 'completionTime cannot be set before startTime'),
    );
  }
  if (old.status?.completionTime && status.completionTime !== old.status.completionTime) {
    errors.push(invalid('status.completionTime', status.completionTime, 'field is immutable'));
  }
  const running = old.status?.startTime && !job.spec?.suspend && !isConditionTrue(old, 'Suspended');
  if (running && status.startTime !== old.status?.startTime) {
    errors.push(required('status.startTime', 'startTime cannot be removed or changed for unsuspended job'));
  }
  return errors;
}
