import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { LabelSelector, PodTemplateSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { selectsLabels } from '../../../selector';
import { checkAnnotations, checkLabelSelector, checkLabels, isEmptySelector } from '../../shared/labels';
import { checkPodSpec } from './validate';

/** The rules of a workload: a selector, and a template whose labels it selects and whose pods run for good. */
export function checkWorkload(
  spec: { selector?: LabelSelector; template?: PodTemplateSpec },
  kind: string,
  field = 'spec',
): FieldError[] {
  const errors = checkWorkloadSelector(spec.selector, kind, `${field}.selector`);
  if (!spec.template) return [...errors, required(`${field}.template`)];
  return [
    ...errors,
    ...(errors.length ? [] : checkSelected(spec.selector, spec.template, `${field}.template`)),
    ...checkPodTemplate(spec.template, `${field}.template`),
    ...checkRunsForGood(spec.template, 'ReplicaSet', `${field}.template`),
  ];
}

/** A selector that is there and does not select everything. */
export function checkWorkloadSelector(selector: LabelSelector | undefined, kind: string, field: string): FieldError[] {
  if (!selector) return [required(field)];
  const errors = checkLabelSelector(selector, field);
  if (isEmptySelector(selector)) errors.push(invalid(field, selector, `empty selector is invalid for ${kind}`));
  return errors;
}

/** Whether the selector (valid, or none) selects the pods that the template makes. */
export function checkSelected(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec,
  field: string,
): FieldError[] {
  const labels = template.metadata?.labels ?? {};
  if (selector && selectsLabels(selector, labels)) return [];
  return [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** The rules of a pod template, whatever is made of it. */
export function checkPodTemplate(template: PodTemplateSpec, field: string): FieldError[] {
  return [
    ...checkLabels(template.metadata?.labels, `${field}.labels`),
    ...checkAnnotations(template.metadata?.annotations, `${field}.annotations`),
    ...checkPodSpec(template.spec ?? { containers: [] }, `${field}.spec`),
    ...(template.spec?.ephemeralContainers?.length
      ? [forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** Of a workload that keeps its pods running: they may neither end nor run out of time. */
export function checkRunsForGood({ spec }: PodTemplateSpec, kind: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.restartPolicy && spec.restartPolicy !== 'Always') {
    errors.push(notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ['Always']));
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbidden(`${field}.spec.activeDeadlineSeconds`, detail));
  }
  return errors;
}
