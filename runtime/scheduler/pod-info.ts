import type { Pod, PodAffinityTerm } from '../kube/generated/types';
import { keyOf } from '../kube/object';
import { amountNumber, podRequests } from '../kube/pod-resources';

/** What the scheduler needs of a pod, read once. CPU in millicores, memory in bytes. */
export interface PodInfo {
  key: string;
  uid: string;
  /** The newest version seen; what it asks for does not change once it is bound, its labels and deletion may. */
  pod: Pod;
  cpu: number;
  memory: number;
  /** Everything else it asks for: ephemeral-storage, hugepages, extended resources. */
  others: Array<[name: string, amount: number]>;
  /** As above, but never 0: a pod that asks for nothing still weighs something when nodes are compared. */
  scoreCpu: number;
  scoreMemory: number;
  /** `protocol/hostPort`, with the address where one is given. */
  hostPorts: HostPort[];
  /** Pods of one group are spread over nodes: those of one controller. Undefined for a pod on its own. */
  group: string | undefined;
  /** Pods it must not share a topology domain with: a demand on whoever comes later, too. */
  avoids: readonly PodAffinityTerm[];
}

export interface HostPort {
  protocol: string;
  port: number;
  ip: string;
}

const DEFAULT_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

export function podInfo(pod: Pod): PodInfo {
  const info: PodInfo = {
    key: keyOf(pod),
    uid: pod.metadata.uid ?? keyOf(pod),
    pod,
    cpu: 0,
    memory: 0,
    others: [],
    scoreCpu: DEFAULT_CPU,
    scoreMemory: DEFAULT_MEMORY,
    hostPorts: hostPortsOf(pod),
    group: groupOf(pod),
    avoids: pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
  };
  for (const [name, quantity] of Object.entries(podRequests(pod))) {
    const amount = amountNumber(name, quantity);
    if (amount === 0) continue;
    if (name === 'cpu') info.cpu = info.scoreCpu = amount;
    else if (name === 'memory') info.memory = info.scoreMemory = amount;
    else info.others.push([name, amount]);
  }
  return info;
}

function hostPortsOf(pod: Pod): HostPort[] {
  const ports: HostPort[] = [];
  for (const container of pod.spec?.containers ?? []) {
    for (const { hostPort, containerPort, protocol = 'TCP', hostIP } of container.ports ?? []) {
      const port = pod.spec?.hostNetwork ? (hostPort ?? containerPort) : hostPort;
      if (port) ports.push({ protocol, port, ip: hostIP || '0.0.0.0' });
    }
  }
  return ports;
}

function groupOf(pod: Pod): string | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
}
