import type { Namespace, Node, Pod } from '../kube/generated/types';
import { isTerminal } from '../kube/pod-status';
import { NodeInfo } from './node-info';
import { type PodInfo, podInfo } from './pod-info';

/**
 * Nodes and what their pods use, kept up to date by small changes, so that a decision costs one look at each node
 * however many pods there are. A pod counts on its node until it has finished or is gone.
 */
export class Snapshot {
  private readonly byName = new Map<string, NodeInfo>();
  private readonly placed = new Map<string, { nodeName: string; info: PodInfo }>();
  /** Pods whose node is not known (yet). */
  private readonly homeless = new Map<string, Map<string, PodInfo>>();

  private readonly namespaces = new Map<string, Record<string, string>>();

  static of(nodes: readonly Node[], pods: readonly Pod[], namespaces: readonly Namespace[] = []): Snapshot {
    const snapshot = new Snapshot();
    for (const namespace of namespaces) snapshot.setNamespace(namespace);
    for (const node of nodes) snapshot.setNode(node);
    for (const pod of pods) snapshot.setPod(pod);
    return snapshot;
  }

  get nodes(): Iterable<NodeInfo> {
    return this.byName.values();
  }

  get nodeCount(): number {
    return this.byName.size;
  }

  node(name: string): NodeInfo | undefined {
    return this.byName.get(name);
  }

  /** A namespace's labels, which the affinity of pods may select by. */
  namespaceLabels(name: string): Record<string, string> {
    return this.namespaces.get(name) ?? {};
  }

  setNamespace({ metadata }: Namespace): void {
    this.namespaces.set(metadata.name ?? '', metadata.labels ?? {});
  }

  removeNamespace(name: string): void {
    this.namespaces.delete(name);
  }

  setNode(node: Node): void {
    const name = node.metadata.name ?? '';
    const old = this.byName.get(name);
    const info = old ? old.withNode(node) : new NodeInfo(node);
    for (const pod of this.homeless.get(name)?.values() ?? []) info.add(pod);
    this.homeless.delete(name);
    this.byName.set(name, info);
  }

  removeNode(name: string): void {
    const info = this.byName.get(name);
    if (info?.pods.size) this.homeless.set(name, new Map(info.pods));
    this.byName.delete(name);
  }

  /** Counts a pod on the node it is bound to; one that is finished, or not bound, is taken out. */
  setPod(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const nodeName = pod.spec?.nodeName;
    if (!nodeName || isTerminal(pod)) {
      this.removePod(uid);
      return;
    }
    // What a pod takes of its node is fixed once it is bound: its status may change often and costs nothing here.
    const placed = this.placed.get(uid);
    if (placed?.nodeName === nodeName) {
      placed.info.pod = pod;
      return;
    }
    this.assume(podInfo(pod), nodeName);
  }

  /** Counts a pod on a node before the server knows of it. */
  assume(info: PodInfo, nodeName: string): void {
    this.removePod(info.uid);
    this.placed.set(info.uid, { nodeName, info });
    const node = this.byName.get(nodeName);
    if (node) {
      node.add(info);
      return;
    }
    const waiting = this.homeless.get(nodeName) ?? new Map<string, PodInfo>();
    waiting.set(info.uid, info);
    this.homeless.set(nodeName, waiting);
  }

  /** Returns whether the pod was counted anywhere. */
  removePod(uid: string): boolean {
    const placed = this.placed.get(uid);
    if (!placed) return false;
    this.placed.delete(uid);
    this.byName.get(placed.nodeName)?.remove(uid);
    this.homeless.get(placed.nodeName)?.delete(uid);
    return true;
  }
}
