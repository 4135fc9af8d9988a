import type { ApiClient } from '../client/client';
import { EventRecorder } from '../client/events';
import type { InformerFactory } from '../client/informer-factory';
import type { Binding, Node, Pod } from '../kube/generated/types';
import { conditionOf, isTerminal, withCondition } from '../kube/pod-status';
import { namespaces, nodes, pods } from '../kube/resource';
import { equalJson } from '../kube/schema-engine';
import { isStatusError } from '../kube/status-error';
import { defaultSchedulerName, podConditions } from '../kube/well-known';
import { type Clock, rfc3339 } from '../util/clock';
import type { Logger } from '../util/logger';
import { type PodInfo, podInfo } from './pod-info';
import { SchedulingQueue } from './queue';
import { schedule } from './schedule';
import { Snapshot } from './snapshot';

export interface SchedulerOptions {
  client: ApiClient;
  /** Shared with the controllers; whoever made it starts and stops it. */
  informers: InformerFactory;
  clock: Clock;
  logger: Logger;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** Bindings under way at the same time. */
const MAX_BINDING = 128;
/** Decisions in one turn of the event loop. */
const BATCH = 64;

/**
 * Gives every pending pod a node. A decision is made from memory and counted there at once; the server is told
 * afterwards, many pods at a time, and a binding it refuses is undone.
 */
export class Scheduler {
  private readonly snapshot = new Snapshot();
  private readonly queue: SchedulingQueue;
  private readonly recorder: EventRecorder;
  private readonly binding = new Set<string>();
  private synced = false;
  private stopped = false;
  private scheduled = false;

  constructor(private readonly options: SchedulerOptions) {
    this.queue = new SchedulingQueue(options.clock, () => this.wake());
    this.recorder = new EventRecorder({ ...options, component: defaultSchedulerName });
  }

  /** Follows pods and nodes; resolves once the first decisions can be made. */
  async start(): Promise<void> {
    const { informers } = this.options;
    const podInformer = informers.for(pods);
    const nodeInformer = informers.for(nodes);
    const namespaceInformer = informers.for(namespaces);
    namespaceInformer.addHandler({
      onAdd: (namespace) => this.snapshot.setNamespace(namespace),
      onUpdate: (namespace) => this.snapshot.setNamespace(namespace),
      onDelete: (namespace) => this.snapshot.removeNamespace(namespace.metadata.name ?? ''),
    });
    nodeInformer.addHandler({
      onAdd: (node) => this.nodeChanged(node),
      onUpdate: (node, old) => {
        if (matters(node, old)) this.nodeChanged(node);
      },
      onDelete: (node) => this.snapshot.removeNode(node.metadata.name ?? ''),
    });
    podInformer.addHandler({
      onAdd: (pod) => this.podChanged(pod),
      onUpdate: (pod, old) => this.podChanged(pod, old),
      onDelete: (pod) => this.podGone(pod),
    });
    await Promise.all([podInformer, nodeInformer, namespaceInformer].map((informer) => informer.waitForSync()));
    this.synced = true;
    this.wake();
  }

  /** Makes no more decisions; waits for nothing (a binding under way is the server's to finish). */
  stop(): void {
    this.stopped = true;
    this.queue.close();
  }

  private nodeChanged(node: Node): void {
    this.snapshot.setNode(node);
    this.queue.moveAll();
  }

  private podChanged(pod: Pod, old?: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (isTerminal(pod)) {
      this.podGone(pod);
      return;
    }
    if (pod.spec?.nodeName) {
      this.queue.remove(uid);
      this.snapshot.setPod(pod);
      if (!old || neighbourChanged(pod, old)) this.queue.moveAll(looksAtNeighbours);
      return;
    }
    const mine = (pod.spec?.schedulerName ?? defaultSchedulerName) === defaultSchedulerName;
    const gated = (pod.spec?.schedulingGates?.length ?? 0) > 0;
    if (!mine || gated || pod.metadata.deletionTimestamp) this.queue.remove(uid);
    else if (!this.binding.has(uid)) this.queue.add(podInfo(pod));
  }

  private podGone(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    this.queue.remove(uid);
    if (this.snapshot.removePod(uid)) this.queue.moveAll();
  }

  private wake(): void {
    if (this.scheduled || !this.synced || this.stopped) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    for (let i = 0; i < BATCH && !this.stopped && this.binding.size < MAX_BINDING; i++) {
      const info = this.queue.take();
      if (!info) return;
      this.decide(info);
    }
    // With every binding slot taken, the next one that ends goes on.
    if (this.binding.size < MAX_BINDING) this.wake();
  }

  private decide(info: PodInfo): void {
    const decision = schedule(info, this.snapshot, this.options.random);
    if ('node' in decision) {
      this.snapshot.assume(info, decision.node);
      this.binding.add(info.uid);
      void this.bind(info, decision.node).finally(() => {
        this.binding.delete(info.uid);
        this.wake();
      });
      return;
    }
    this.queue.unschedulable(info.uid);
    void this.report(info, decision.unschedulable);
  }

  private async bind(info: PodInfo, nodeName: string): Promise<void> {
    const { namespace, name = '', uid } = info.pod.metadata;
    const binding: Binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    };
    try {
      await this.options.client.createSubresource(pods, { namespace, name }, 'binding', binding);
      this.queue.done(info.uid);
      this.recorder.record(info.pod, 'Normal', 'Scheduled', `Successfully assigned ${info.key} to ${nodeName}`);
    } catch (error) {
      if (this.stopped) return;
      if (this.options.informers.for(pods).cache.get(info.key)?.spec?.nodeName) return;
      this.snapshot.removePod(info.uid);
      if (isStatusError(error, 'NotFound')) return this.queue.remove(info.uid);
      const message = error instanceof Error ? error.message : String(error);
      this.options.logger.warn({ pod: info.key, node: nodeName, error: message }, 'binding failed; trying again');
      this.queue.retry(info.uid);
      this.queue.moveAll();
    }
  }

  /** Tells the user why the pod waits: a condition, and an event. */
  private async report(info: PodInfo, message: string): Promise<void> {
    const { pod } = info;
    this.recorder.record(pod, 'Warning', 'FailedScheduling', message);
    const condition = { type: podConditions.scheduled, status: 'False', reason: 'Unschedulable', message };
    const known = conditionOf(pod, podConditions.scheduled);
    if (known?.status === 'False' && known.message === message) return;
    const conditions = withCondition(pod.status?.conditions, condition, rfc3339(this.options.clock.now()));
    const { namespace, name = '', uid } = pod.metadata;
    try {
      // The uid keeps it off a pod that has taken this one's name.
      const body = { metadata: { uid }, status: { conditions } };
      await this.options.client.patch(
        pods,
        { namespace, name },
        { type: 'strategic', body },
        { subresource: 'status' },
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.options.logger.debug({ pod: info.key, error: reason }, 'PodScheduled condition not written');
    }
  }
}

/** Whether a pod's place depends on which other pods are where. */
function looksAtNeighbours({ pod }: PodInfo): boolean {
  const { affinity, topologySpreadConstraints } = pod.spec ?? {};
  return Boolean(affinity?.podAffinity || affinity?.podAntiAffinity || topologySpreadConstraints?.length);
}

function neighbourChanged(pod: Pod, old: Pod): boolean {
  return (
    pod.spec?.nodeName !== old.spec?.nodeName ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    !equalJson(pod.metadata.labels, old.metadata.labels)
  );
}

/** Whether a node's change can matter to a decision; its heartbeats cannot. */
function matters(node: Node, old: Node): boolean {
  return (
    !equalJson(node.spec, old.spec) ||
    !equalJson(node.metadata.labels, old.metadata.labels) ||
    !equalJson(node.status?.allocatable, old.status?.allocatable) ||
    conditionOf(node, 'Ready')?.status !== conditionOf(old, 'Ready')?.status
  );
}
