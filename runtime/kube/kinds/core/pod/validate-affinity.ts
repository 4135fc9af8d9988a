import { forbidden, invalid, required } from '../../../field-errors';
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Label, checkDns1123Subdomain, checkLabelValue, checkQualifiedName } from '../../../names';
import { checkLabelSelector } from '../../shared/labels';
import { checked } from '../../shared/limits';

export function checkAffinity(affinity: Affinity | undefined, field: string): FieldError[] {
  return [
    ...checkNodeAffinity(affinity?.nodeAffinity, `${field}.nodeAffinity`),
    ...checkPodAffinity(affinity?.podAffinity, `${field}.podAffinity`),
    ...checkPodAffinity(affinity?.podAntiAffinity, `${field}.podAntiAffinity`),
  ];
}

const requiredDuring = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferredDuring = 'preferredDuringSchedulingIgnoredDuringExecution';

function checkNodeAffinity(affinity: NodeAffinity | undefined, field: string): FieldError[] {
  return [
    ...checkNodeSelector(affinity?.[requiredDuring], `${field}.${requiredDuring}`),
    ...(affinity?.[preferredDuring] ?? []).flatMap(({ weight, preference }, index) => {
      const at = `${field}.${preferredDuring}[${index}]`;
      return [...checkWeight(weight, at), ...checkTerm(preference ?? {}, `${at}.preference`)];
    }),
  ];
}

export function checkNodeSelector(selector: NodeSelector | undefined, field: string): FieldError[] {
  if (!selector) return [];
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    return [required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term')];
  }
  return terms.flatMap((term, index) => checkTerm(term, `${field}.nodeSelectorTerms[${index}]`));
}

function checkTerm(term: NodeSelectorTerm, field: string): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((r, index) => checkExpression(r, `${field}.matchExpressions[${index}]`)),
    ...(term.matchFields ?? []).flatMap((r, index) => checkFieldMatch(r, `${field}.matchFields[${index}]`)),
  ];
}

function checkExpression({ key, operator, values = [] }: NodeSelectorRequirement, field: string): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (!values.length) {
        errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbidden(`${field}.values`, detail));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  errors.push(...checked(`${field}.key`, key, checkQualifiedName(key ?? '')));
  for (const [index, value] of values.entries()) {
    errors.push(...checked(`${field}.values[${index}]`, value, checkLabelValue(value)));
  }
  return errors;
}

function checkFieldMatch({ key, operator, values = [] }: NodeSelectorRequirement, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${field}.values`, detail));
  }
  if (key !== 'metadata.name') return [...errors, invalid(`${field}.key`, key ?? '', 'not a valid field selector key')];
  return [
    ...errors,
    ...values.flatMap((value, index) => checked(`${field}.values[${index}]`, value, checkDns1123Subdomain(value))),
  ];
}

function checkPodAffinity(affinity: PodAffinity | undefined, field: string): FieldError[] {
  return [
    ...(affinity?.[requiredDuring] ?? []).flatMap((term, index) =>
      checkPodTerm(term, `${field}.${requiredDuring}[${index}]`),
    ),
    ...(affinity?.[preferredDuring] ?? []).flatMap(({ weight, podAffinityTerm }, index) => {
      const at = `${field}.${preferredDuring}[${index}]`;
      return [...checkWeight(weight, at), ...checkPodTerm(podAffinityTerm, `${at}.podAffinityTerm`)];
    }),
  ];
}

function checkPodTerm(term: PodAffinityTerm | undefined, field: string): FieldError[] {
  const key = term?.topologyKey;
  return [
    ...checkLabelSelector(term?.labelSelector, `${field}.labelSelector`),
    ...checkLabelSelector(term?.namespaceSelector, `${field}.namespaceSelector`),
    ...(term?.namespaces ?? []).flatMap((name, index) =>
      checked(`${field}.namespaces[${index}]`, name, checkDns1123Label(name)),
    ),
    ...(key
      ? checked(`${field}.topologyKey`, key, checkQualifiedName(key))
      : [required(`${field}.topologyKey`, 'can not be empty')]),
  ];
}

function checkWeight(weight: number | undefined, field: string): FieldError[] {
  const value = weight ?? 0;
  return value >= 1 && value <= 100 ? [] : [invalid(`${field}.weight`, value, 'must be in the range 1-100')];
}
