import type { Node, NodeMetrics, Pod, PodMetrics } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { conditionOf } from '../../kube/pod-status';
import { nodes, pods } from '../../kube/resource';
import type { PodUsage, ResourceUsage, StatsSummary } from '../../kube/stats-summary';
import { type Clock, rfc3339 } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { ComputedResource } from '../registry/computed-resource';
import { resourcePrefix } from '../registry/store-key';
import type { Cache } from '../watch/cache';
import { goDuration } from './go-duration';

export interface MetricsSourceOptions {
  cache: Pick<Cache, 'resource' | 'fresh'>;
  clock: Clock;
  logger: Logger;
  /** Asks a node's agent. @throws StatusError when it does not answer */
  ask(node: Node, path: string): Promise<string>;
}

interface Held {
  until: number;
  summary: Promise<StatsSummary | undefined>;
}

/** How long an answer of an agent serves further requests: as often as metrics-server asks kubelets. */
const freshMs = 15_000;

/**
 * metrics.k8s.io: what nodes and pods use, asked of the agents when a client asks (`kubectl top`). While nobody does,
 * nothing is measured and nothing is kept. A node that does not answer is left out.
 */
export class MetricsSource {
  private readonly held = new Map<string, Held>();

  constructor(private readonly options: MetricsSourceOptions) {}

  readonly nodes: ComputedResource = {
    list: async (_namespace, name) => {
      const all = await this.readyNodes();
      const wanted = all.filter(({ metadata }) => name === undefined || metadata.name === name);
      const found = await Promise.all(
        wanted.map(async (node) => {
          const summary = await this.summaryOf(node);
          return summary && nodeMetricsOf(node, summary);
        }),
      );
      return found.filter((metrics) => metrics !== undefined) as unknown as AnyObject[];
    },
  };

  readonly pods: ComputedResource = {
    list: async (namespace, name) => {
      const all = await this.readyNodes();
      const wanted = this.all<Pod>(pods).filter(
        ({ metadata }) =>
          (namespace === undefined || metadata.namespace === namespace) &&
          (name === undefined || metadata.name === name),
      );
      const byUid = new Map(wanted.map((pod) => [pod.metadata.uid, pod]));
      const busy = new Set(wanted.map(({ spec }) => spec?.nodeName));
      const summaries = await Promise.all(
        all.filter(({ metadata }) => busy.has(metadata.name)).map((node) => this.summaryOf(node)),
      );
      return summaries.flatMap((summary) =>
        (summary?.pods ?? []).flatMap((usage) => {
          const pod = byUid.get(usage.podRef.uid);
          return summary && pod ? [podMetricsOf(pod, usage, summary) as unknown as AnyObject] : [];
        }),
      );
    },
  };

  private async readyNodes(): Promise<Node[]> {
    await this.options.cache.fresh();
    return this.all<Node>(nodes).filter((node) => conditionOf(node, 'Ready')?.status === 'True');
  }

  private all<T>(resource: { group: string; plural: string }): T[] {
    const prefix = resourcePrefix(resource);
    return this.options.cache
      .resource(prefix)
      .list(prefix)
      .map(({ object }) => object as unknown as T);
  }

  private summaryOf(node: Node): Promise<StatsSummary | undefined> {
    const { clock } = this.options;
    const uid = node.metadata.uid ?? '';
    for (const [key, { until }] of this.held) if (until <= clock.now()) this.held.delete(key);
    const known = this.held.get(uid);
    if (known) return known.summary;
    const held = { until: clock.now() + freshMs, summary: this.ask(node) };
    this.held.set(uid, held);
    // An agent that failed to answer is asked anew by the next request.
    void held.summary.then((summary) => {
      if (!summary && this.held.get(uid) === held) this.held.delete(uid);
    });
    return held.summary;
  }

  private async ask(node: Node): Promise<StatsSummary | undefined> {
    const { ask, logger } = this.options;
    try {
      return parseSummary(await ask(node, '/stats/summary'));
    } catch (error) {
      logger.warn({ node: node.metadata.name, error: String(error) }, 'a node did not say what it uses');
      return undefined;
    }
  }
}

/** @throws Error for a text that is no summary */
function parseSummary(text: string): StatsSummary {
  const summary = JSON.parse(text) as Partial<StatsSummary>;
  if (!summary.node?.cpu || !summary.node.memory || !Array.isArray(summary.pods)) throw new Error('not a summary');
  return { windowSeconds: 0, ...summary } as StatsSummary;
}

function amounts({ cpu, memory }: ResourceUsage): Record<string, string> {
  return { cpu: `${Math.round(cpu.usageNanoCores)}n`, memory: `${Math.round(memory.workingSetBytes / 1024)}Ki` };
}

function nodeMetricsOf({ metadata }: Node, { node, windowSeconds }: StatsSummary): NodeMetrics {
  return {
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name: metadata.name, creationTimestamp: wholeSecond(node.cpu.time), labels: metadata.labels },
    timestamp: wholeSecond(node.cpu.time),
    window: goDuration(windowSeconds * 1000),
    usage: amounts(node),
  };
}

function podMetricsOf({ metadata }: Pod, usage: PodUsage, { node, windowSeconds }: StatsSummary): PodMetrics {
  const { name, namespace, labels } = metadata;
  const timestamp = wholeSecond(node.cpu.time);
  return {
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name, namespace, creationTimestamp: timestamp, labels },
    timestamp,
    window: goDuration(windowSeconds * 1000),
    containers: usage.containers.map((container) => ({ name: container.name, usage: amounts(container) })),
  };
}

function wholeSecond(time: string): string {
  return rfc3339(Date.parse(time) || 0);
}
