import { forbidden, invalid } from '../../../field-errors';
import type { Container, Pod, PodSpec } from '../../../generated/types';
import type { FieldError, WritePath } from '../../../kind';
import { qosClass } from '../../../pod-resources';
import { isRestartableInit, isTerminal } from '../../../pod-status';
import type { QuantityLike } from '../../../quantity';
import { equalJson } from '../../../schema-engine';
import { checkObjectMetaUpdate } from '../../shared/object-meta';
import { bumpGeneration } from './strategy';
import { checkResources } from './validate-resources';

/** `pods/resize`: changes what the containers of a pod may use, and nothing else of it. */
export const resizePath: WritePath<Pod> = {
  prepareForUpdate(pod, old) {
    const { resourceVersion, managedFields } = pod.metadata;
    const before = old.spec ?? { containers: [] };
    const containers = withResources(before.containers, pod.spec?.containers) ?? [];
    const initContainers = withResources(before.initContainers, pod.spec?.initContainers);
    pod.metadata = { ...structuredClone(old.metadata), resourceVersion, managedFields };
    pod.spec = { ...before, containers, initContainers };
    pod.status = old.status;
    bumpGeneration(pod, old);
  },
  validateUpdate(pod, old) {
    const errors = checkObjectMetaUpdate(pod.metadata, old.metadata);
    if (isTerminal(old)) errors.push(forbidden('spec', 'resize is not allowed on a pod that has ended'));
    return [...errors, ...checkContainers(pod, old), ...checkClass(pod, old)];
  },
  warnings: () => [
    'spec.containers: nodes give running containers no other resources; what is asked for is only counted',
  ],
};

/** The old containers with the resources (and how they are resized) of the new ones of the same name. */
function withResources(old: Container[] | undefined, now: Container[] | undefined): Container[] | undefined {
  const byName = new Map((now ?? []).map((container) => [container.name, container]));
  return old?.map((container) => {
    const wanted = byName.get(container.name);
    if (!wanted) return container;
    return { ...container, resources: wanted.resources, resizePolicy: wanted.resizePolicy };
  });
}

function checkContainers({ spec }: Pod, old: Pod): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec?.[list] ?? []).flatMap((container, index) => {
      const before = (old.spec as PodSpec)[list]?.[index];
      if (!before || equalJson(container.resources ?? {}, before.resources ?? {})) return [];
      const field = `spec.${list}[${index}].resources`;
      if (list === 'initContainers' && !isRestartableInit(container)) {
        return [forbidden(field, 'resources of non-sidecar init containers cannot be resized')];
      }
      return [...checkResources(container.resources, field), ...checkChange(container, before, field)];
    }),
  );
}

const resizable = ['cpu', 'memory'];

function checkChange(container: Container, before: Container, field: string): FieldError[] {
  return (['limits', 'requests'] as const).flatMap((list) => {
    const now: Record<string, QuantityLike> = container.resources?.[list] ?? {};
    const old: Record<string, QuantityLike> = before.resources?.[list] ?? {};
    const names = new Set([...Object.keys(now), ...Object.keys(old)]);
    return [...names].flatMap((name) => {
      if (!resizable.includes(name)) {
        return now[name] === old[name] ? [] : [forbidden(field, 'only cpu and memory resources are mutable')];
      }
      return now[name] === undefined ? [forbidden(field, `resource ${list} cannot be removed`)] : [];
    });
  });
}

function checkClass({ spec }: Pod, old: Pod): FieldError[] {
  const now = qosClass(spec);
  if (now === (old.status?.qosClass ?? qosClass(old.spec))) return [];
  return [invalid('spec.containers', now, 'Pod QOS Class may not change as a result of resizing')];
}
