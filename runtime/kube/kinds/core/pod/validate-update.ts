import { forbidden, invalid } from '../../../field-errors';
import type {
  Affinity,
  Container,
  ContainerStatus,
  NodeSelectorTerm,
  Pod,
  PodSpec,
  Toleration,
} from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { equalJson } from '../../../schema-engine';
import { checkObjectMetaUpdate } from '../../shared/object-meta';
import { checkImage } from './validate-container';

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** A running pod keeps its spec, but for images, a shorter deadline and more tolerations. */
export function checkPodUpdate(pod: Pod, old: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const oldSpec = old.spec ?? { containers: [] };
  const errors = checkObjectMetaUpdate(pod.metadata, old.metadata);
  for (const key of ['containers', 'initContainers'] as const) {
    if ((spec[key] ?? []).length !== (oldSpec[key] ?? []).length) {
      // Stop here: comparing the rest item by item would only repeat it.
      return [...errors, forbidden(`spec.${key}`, 'pod updates may not add or remove containers')];
    }
    for (const [index, container] of (spec[key] ?? []).entries()) {
      errors.push(...checkImage(container.image, `spec.${key}[${index}].image`));
    }
  }
  errors.push(...checkDeadline(spec, oldSpec));
  errors.push(...checkGateRemoval(spec, oldSpec));
  errors.push(...checkTolerationsAdded(spec.tolerations, oldSpec.tolerations));
  if (isGated(oldSpec)) errors.push(...checkNarrowed(spec, oldSpec));
  if (errors.length > 0) return errors;
  const changed = changedFields(withoutUpdatable(spec, oldSpec), oldSpec, 'spec');
  if (changed.length) {
    const detail = `pod updates may not change fields other than ${updatable.join(',')}\nchanged: ${changed.join(', ')}`;
    errors.push(forbidden('spec', detail));
  }
  return errors;
}

function checkDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: before }: PodSpec) {
  if (before === undefined) return [];
  const field = 'spec.activeDeadlineSeconds';
  if (now === undefined) return [invalid(field, now, 'must not update from a positive integer to nil value')];
  return now > before ? [invalid(field, now, 'must be less than or equal to previous value')] : [];
}

function checkGateRemoval(
  { schedulingGates: now = [] }: PodSpec,
  { schedulingGates: before = [] }: PodSpec,
): FieldError[] {
  return now
    .filter((gate) => !before.some((other) => other.name === gate.name))
    .map((gate) =>
      forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${gate.name}'`),
    );
}

function checkTolerationsAdded(now: Toleration[] | undefined, before: Toleration[] | undefined): FieldError[] {
  const same = (a: Toleration, b: Toleration) =>
    equalJson({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
  const kept = (before ?? []).every((old) => (now ?? []).some((toleration) => same(toleration, old)));
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return kept ? [] : [forbidden('spec.tolerations', detail)];
}

function isGated({ schedulingGates }: PodSpec): boolean {
  return Boolean(schedulingGates?.length);
}

/** While a pod waits at its gates, where it may run can be narrowed, and never widened. */
function checkNarrowed(now: PodSpec, before: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  const kept = Object.entries(before.nodeSelector ?? {}).every(([key, value]) => now.nodeSelector?.[key] === value);
  if (!kept) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.push(invalid('spec.nodeSelector', now.nodeSelector ?? {}, detail));
  }
  const terms = (spec: PodSpec) =>
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const [newTerms, oldTerms] = [terms(now), terms(before)];
  const field = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (oldTerms.length === 0) return errors;
  if (newTerms.length !== oldTerms.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    return [...errors, invalid(field, newTerms, detail)];
  }
  for (const [index, term] of newTerms.entries()) {
    if (onlyAdds(term, oldTerms[index] as NodeSelectorTerm)) continue;
    errors.push(invalid(`${field}[${index}]`, term, 'only additions are allowed (no mutations or deletions)'));
  }
  return errors;
}

/** Requirements of one term must all hold, so that more of them match less; a term without any matches nothing. */
function onlyAdds(now: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const lists = (['matchExpressions', 'matchFields'] as const).map(
    (key) => [now[key] ?? [], before[key] ?? []] as const,
  );
  if (lists.every(([, old]) => old.length === 0)) return lists.every(([added]) => added.length === 0);
  return lists.every(([list, old]) => equalJson(list.slice(0, old.length), old));
}

/** The affinity with the old one's rules about nodes; none where it holds nothing else and there was none. */
function withNodeAffinityOf(now: Affinity | undefined, before: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity: _, ...rest } = now ?? {};
  if (!before && Object.keys(rest).length === 0) return undefined;
  return { ...rest, ...(before?.nodeAffinity ? { nodeAffinity: before.nodeAffinity } : {}) };
}

/** The new spec with every field that may change put back, so that what still differs may not. */
function withoutUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const images = (list: Container[] | undefined, oldList: Container[] | undefined) =>
    list?.map((container, index) => ({ ...container, image: oldList?.[index]?.image }));
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: images(spec.containers, old.containers) ?? [],
    initContainers: images(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(isGated(old)
      ? { nodeSelector: old.nodeSelector, affinity: withNodeAffinityOf(spec.affinity, old.affinity) }
      : {}),
    ...(negative ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
  };
}

/** Paths of the innermost fields that differ, at most five. */
function changedFields(now: unknown, before: unknown, path: string): string[] {
  if (equalJson(now ?? null, before ?? null)) return [];
  if (!isContainer(now) || !isContainer(before) || Array.isArray(now) !== Array.isArray(before)) return [path];
  const keys = new Set([...Object.keys(now), ...Object.keys(before)]);
  const inside = [...keys].flatMap((key) =>
    changedFields(
      (now as Record<string, unknown>)[key],
      (before as Record<string, unknown>)[key],
      Array.isArray(now) ? `${path}[${key}]` : `${path}.${key}`,
    ),
  );
  return inside.slice(0, 5);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A container that has ended for good may not come back to life in a status. */
export function checkPodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const policy = pod.spec?.restartPolicy;
  const errors = checkObjectMetaUpdate(pod.metadata, old.metadata);
  if (policy === 'Always') return errors;
  const before = new Map((old.status?.containerStatuses ?? []).map((status) => [status.name, status]));
  for (const [index, status] of (pod.status?.containerStatuses ?? []).entries()) {
    if (endedForGood(before.get(status.name), policy) && !status.state?.terminated) {
      const detail = 'may not be transitioned to non-terminated state';
      errors.push(forbidden(`status.containerStatuses[${index}].state`, detail));
    }
  }
  return errors;
}

function endedForGood(status: ContainerStatus | undefined, policy: string | undefined): boolean {
  const terminated = status?.state?.terminated;
  if (!terminated) return false;
  return policy === 'Never' || terminated.exitCode === 0;
}
