import type { Node, Taint } from '../kube/generated/types';
import { amountNumber } from '../kube/pod-resources';
import { conditionOf } from '../kube/pod-status';
import { taints as taintKeys } from '../kube/well-known';
import type { HostPort, PodInfo } from './pod-info';

/** A node with what its pods take of it, kept up to date pod by pod. */
export class NodeInfo {
  readonly name: string;
  /** Allocatable: CPU in millicores, memory in bytes, everything else in whole units. */
  readonly cpu: number;
  readonly memory: number;
  readonly maxPods: number;
  readonly others: ReadonlyMap<string, number>;
  readonly taints: Taint[];
  usedCpu = 0;
  usedMemory = 0;
  scoreCpu = 0;
  scoreMemory = 0;
  readonly usedOthers = new Map<string, number>();
  readonly pods = new Map<string, PodInfo>();
  /** Pods by group; see PodInfo.group. */
  readonly groups = new Map<string, number>();
  /** Those of its pods that avoid others; see PodInfo.avoids. */
  readonly avoiding = new Map<string, PodInfo>();
  private readonly ports: HostPort[] = [];

  constructor(readonly node: Node) {
    const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {};
    const amount = (name: string) => (allocatable[name] === undefined ? 0 : amountNumber(name, allocatable[name]));
    this.name = node.metadata.name ?? '';
    this.cpu = amount('cpu');
    this.memory = amount('memory');
    this.maxPods = amount('pods');
    const rest = Object.keys(allocatable).filter((name) => !['cpu', 'memory', 'pods'].includes(name));
    this.others = new Map(rest.map((name) => [name, amount(name)]));
    this.taints = taintsOf(node);
  }

  /** The same pods on a newer version of the node. */
  withNode(node: Node): NodeInfo {
    const next = new NodeInfo(node);
    for (const pod of this.pods.values()) next.add(pod);
    return next;
  }

  add(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    if (pod.avoids.length > 0) this.avoiding.set(pod.uid, pod);
    this.count(pod, 1);
    this.ports.push(...pod.hostPorts);
  }

  remove(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.avoiding.delete(uid);
    this.count(pod, -1);
    for (const port of pod.hostPorts) this.ports.splice(this.ports.indexOf(port), 1);
  }

  /** Whether a pod here holds the port: on the same address, or where either wants all addresses. */
  portTaken(wanted: HostPort): boolean {
    return this.ports.some(
      ({ protocol, port, ip }) =>
        port === wanted.port &&
        protocol === wanted.protocol &&
        (ip === wanted.ip || ip === '0.0.0.0' || wanted.ip === '0.0.0.0'),
    );
  }

  private count(pod: PodInfo, sign: 1 | -1): void {
    this.usedCpu += sign * pod.cpu;
    this.usedMemory += sign * pod.memory;
    this.scoreCpu += sign * pod.scoreCpu;
    this.scoreMemory += sign * pod.scoreMemory;
    for (const [name, amount] of pod.others) {
      this.usedOthers.set(name, (this.usedOthers.get(name) ?? 0) + sign * amount);
    }
    if (pod.group === undefined) return;
    const left = (this.groups.get(pod.group) ?? 0) + sign;
    if (left > 0) this.groups.set(pod.group, left);
    else this.groups.delete(pod.group);
  }
}

/** The node's taints, and those that its Ready condition implies before the node controller has written them. */
function taintsOf(node: Node): Taint[] {
  const taints = node.spec?.taints ?? [];
  const ready = conditionOf(node, 'Ready');
  if (!ready || ready.status === 'True') return taints;
  const key = ready.status === 'Unknown' ? taintKeys.unreachable : taintKeys.notReady;
  return taints.some((taint) => taint.key === key) ? taints : [...taints, { key, effect: 'NoSchedule' }];
}
