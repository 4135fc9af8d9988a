import type { Resources } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { qosClass } from '../../kube/pod-resources';
import { quantityMilliValue, quantityValue } from '../../kube/quantity';

const minShares = 2;
const maxShares = 262_144;
const minQuota = 1_000;
const guaranteedOomScore = -997;

/** A container's limits as the engine takes them. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): Resources {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const cpuRequest = requests.cpu ?? limits.cpu;
  const milliCpu = cpuRequest === undefined ? 0 : quantityMilliValue(cpuRequest);
  const limitMilli = limits.cpu === undefined ? 0 : quantityMilliValue(limits.cpu);
  return {
    cpuShares: Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * 1024) / 1000))),
    cpuQuota: limitMilli > 0 ? Math.max(minQuota, limitMilli * 100) : 0,
    memoryBytes: limits.memory === undefined ? 0 : quantityValue(limits.memory),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

/** Who dies first when the node is out of memory: best effort, then those who asked for least. As in Kubernetes. */
export function oomScoreAdj(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  const qos = pod.status?.qosClass ?? qosClass(pod.spec);
  if (qos === 'Guaranteed') return guaranteedOomScore;
  if (qos === 'BestEffort') return 1000;
  const request = container.resources?.requests?.memory ?? container.resources?.limits?.memory ?? 0;
  const score = 1000 - Math.floor((1000 * quantityValue(request)) / nodeMemoryBytes);
  return Math.min(999, Math.max(1000 + guaranteedOomScore, score));
}
