import type { Pod } from '../../../generated/types';
import { qosClass } from '../../../pod-resources';
import { equalJson } from '../../../schema-engine';

/** A new pod is Pending, whatever status the client sent. Its QoS class never changes afterwards. */
export function preparePodForCreate(pod: Pod): void {
  pod.metadata.generation = 1;
  pod.status = { phase: 'Pending', qosClass: qosClass(pod.spec) };
  if (pod.spec?.schedulingGates?.length) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
}

export function preparePodForUpdate(pod: Pod, old: Pod): void {
  pod.status = old.status;
  bumpGeneration(pod, old);
}

/** One more for each change of the spec. */
export function bumpGeneration(pod: Pod, old: Pod): void {
  const generation = old.metadata.generation ?? 1;
  pod.metadata.generation = equalJson(pod.spec, old.spec) ? generation : generation + 1;
}

/** The agent reports through this path; spec and owners are not its to change. */
export function preparePodForStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  pod.metadata.ownerReferences = old.metadata.ownerReferences;
  pod.metadata.generation = old.metadata.generation;
  pod.status = { ...pod.status, qosClass: old.status?.qosClass ?? pod.status?.qosClass };
}
