import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { LabelSelector, PodTemplateSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { selectsLabels } from '../../../selector';
import { checkAnnotations, checkLabelSelector, checkLabels, isEmptySelector } from '../../shared/labels';
import { checkPodSpec } from './validate';

/** The rules that Deployment and ReplicaSet share: a selector, and a template whose labels it selects. */
export function checkWorkload(
  spec: { selector?: LabelSelector; template?: PodTemplateSpec },
  kind: string,
  field = 'spec',
): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.selector) errors.push(required(`${field}.selector`));
  else {
    errors.push(...checkLabelSelector(spec.selector, `${field}.selector`));
    if (isEmptySelector(spec.selector)) {
      const detail = `empty selector is invalid for ${kind}`;
      errors.push(invalid(`${field}.selector`, spec.selector, detail));
    }
  }
  if (!spec.template) return [...errors, required(`${field}.template`)];
  const labels = spec.template.metadata?.labels ?? {};
  if (spec.selector && errors.length === 0 && !selectsLabels(spec.selector, labels)) {
    const at = `${field}.template.metadata.labels`;
    errors.push(invalid(at, labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...checkTemplate(spec.template, `${field}.template`)];
}

function checkTemplate(template: PodTemplateSpec, field: string): FieldError[] {
  const spec = template.spec ?? { containers: [] };
  const errors = [
    ...checkLabels(template.metadata?.labels, `${field}.labels`),
    ...checkAnnotations(template.metadata?.annotations, `${field}.annotations`),
    ...checkPodSpec(spec, `${field}.spec`),
  ];
  if (spec.restartPolicy && spec.restartPolicy !== 'Always') {
    errors.push(notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    errors.push(forbidden(`${field}.spec.activeDeadlineSeconds`, detail));
  }
  return errors;
}
