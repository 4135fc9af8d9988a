import { invalid, notSupported, required } from '../../field-errors';
import type { JobSpec } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { checkPodTemplate } from '../core/pod/template';
import { checked, checkNonNegative } from '../shared/limits';
import { checkOptionalWord } from '../shared/values';
import { checkFailurePolicy } from './failure-policy';
import { checkSuccessPolicy } from './success-policy';

/** Of an Indexed job: more would make its status too large. */
const maxIndexedParallelism = 100_000;
const maxFailedIndexes = 100_000;
/** A job of more indexes must bound how many may fail. */
const manyIndexes = 100_000;
const maxParallelismOfMany = 10_000;

/** The rules of a Job's spec but for its selector; also of the template of a CronJob. */
export function checkJobSpec(spec: JobSpec, field: string): FieldError[] {
  return [
    ...(
      ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'] as const
    ).flatMap((key) => checkNonNegative(`${field}.${key}`, spec[key])),
    ...checkNonNegative(`${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex),
    ...checkNonNegative(`${field}.maxFailedIndexes`, spec.maxFailedIndexes),
    ...checkOptionalWord(`${field}.completionMode`, spec.completionMode, ['Indexed', 'NonIndexed']),
    ...checkIndexed(spec, field),
    ...checkManagedBy(spec.managedBy, `${field}.managedBy`),
    ...checkReplacement(spec, `${field}.podReplacementPolicy`),
    ...(spec.podFailurePolicy ? checkFailurePolicy(spec, `${field}.podFailurePolicy`) : []),
    ...(spec.successPolicy ? checkSuccessPolicy(spec, `${field}.successPolicy`) : []),
    ...checkTemplate(spec, field),
  ];
}

function checkTemplate({ template, podFailurePolicy }: JobSpec, field: string): FieldError[] {
  if (!template) return [required(`${field}.template`)];
  const errors = checkPodTemplate(template, `${field}.template`);
  const policy = template.spec?.restartPolicy;
  const at = `${field}.template.spec.restartPolicy`;
  if (policy !== 'OnFailure' && policy !== 'Never') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (podFailurePolicy && policy !== 'Never') {
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  return errors;
}

function checkIndexed(spec: JobSpec, field: string): FieldError[] {
  const { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes: maxFailed } = spec;
  const errors: FieldError[] = [];
  if (completionMode === 'Indexed') {
    if (completions === undefined) errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
    if (parallelism > maxIndexedParallelism) {
      const detail = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`;
      errors.push(invalid(`${field}.parallelism`, parallelism, detail));
    }
  } else if (backoffLimitPerIndex !== undefined) {
    errors.push(invalid(`${field}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode'));
  }
  if (maxFailed !== undefined) {
    const at = `${field}.maxFailedIndexes`;
    if (completions !== undefined && maxFailed > completions) {
      errors.push(invalid(at, maxFailed, 'must be less than or equal to completions'));
    }
    if (maxFailed > maxFailedIndexes) {
      errors.push(invalid(at, maxFailed, `must be less than or equal to ${maxFailedIndexes}`));
    }
    if (backoffLimitPerIndex === undefined) {
      errors.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
    }
  }
  if (backoffLimitPerIndex === undefined || completions === undefined || completions <= manyIndexes) return errors;
  if (maxFailed === undefined) {
    errors.push(required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${manyIndexes}`));
  }
  if (parallelism > maxParallelismOfMany) {
    const detail = `must be less than or equal to ${maxParallelismOfMany} when completions are above ${manyIndexes} and used with backoff limit per index`;
    errors.push(invalid(`${field}.parallelism`, parallelism, detail));
  }
  return errors;
}

/** `example.com/controller`: who runs the job instead of the cluster's own controller. */
function checkManagedBy(name: string | undefined, field: string): FieldError[] {
  if (name === undefined) return [];
  const [domain = '', ...path] = name.split('/');
  if (name === '') return [required(field)];
  if (path.length !== 1 || !domain || !path[0]) {
    return [invalid(field, name, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  if (name.length > 63) return [{ type: 'TooLong', field, detail: 'may not be more than 63 bytes' }];
  return checked(field, name, checkDns1123Subdomain(domain));
}

function checkReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, field: string): FieldError[] {
  if (policy === undefined) return [];
  const allowed = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return allowed.includes(policy) ? [] : [notSupported(field, policy, allowed)];
}
