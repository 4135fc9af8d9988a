import type { Pod, PodSpec, RuntimeClass } from '../../../kube/generated/types';
import { amounts } from '../../../kube/pod-resources';
import { sameAmounts } from '../../../kube/quota';
import { pods, runtimeClasses } from '../../../kube/resource';
import { cloneJson, equalJson } from '../../../kube/schema-engine';
import { type AdmissionPlugin, type AdmissionRequest, refuse, writes } from '../plugin';

/** Gives a pod what its runtime class costs, and keeps it to the nodes that have it. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate(request) {
    const spec = specOf(request);
    const found = spec && classOf(request, spec);
    if (!spec || !found || found === 'unknown') return;
    const { podFixed } = found.overhead ?? {};
    if (podFixed) {
      if (spec.overhead && !sameAmounts(amounts(spec.overhead), amounts(podFixed))) {
        throw refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      }
      spec.overhead = { ...podFixed };
    }
    schedule(request, spec, found.scheduling ?? {});
  },
  validate(request) {
    const spec = specOf(request);
    if (!spec?.overhead) return;
    const found = classOf(request, spec);
    if (found === 'unknown' || found?.overhead?.podFixed) return;
    throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  },
};

function specOf(request: AdmissionRequest): PodSpec | undefined {
  if (request.operation !== 'CREATE' || !writes(request, pods)) return undefined;
  return (request.object as Pod | undefined)?.spec;
}

/** The class that a pod names; undefined where it names none. */
function classOf(request: AdmissionRequest, { runtimeClassName: name }: PodSpec): RuntimeClass | 'unknown' | undefined {
  if (!name) return undefined;
  const found = request.lookups.get(runtimeClasses, { name });
  if (found === 'missing') throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

function schedule(
  request: AdmissionRequest,
  spec: PodSpec,
  { nodeSelector, tolerations }: NonNullable<RuntimeClass['scheduling']>,
): void {
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own === undefined || own === value) continue;
    const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
    throw refuse(request, why);
  }
  if (nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const own = spec.tolerations ?? [];
  const added = (tolerations ?? []).filter((toleration) => !own.some((present) => equalJson(present, toleration)));
  if (added.length > 0) spec.tolerations = [...own, ...cloneJson(added)];
}
