import type { ContainerEngine, ContainerInfo, ContainerStats } from '../../engine/engine';
import type { PodUsage, ResourceUsage, StatsSummary } from '../../kube/stats-summary';
import { type Clock, rfc3339 } from '../../util/clock';
import type { NodeUsage } from './node-usage';

export interface UsageSamplerOptions {
  nodeName: string;
  engine: Pick<ContainerEngine, 'list' | 'stats'>;
  nodeUsage(): Promise<NodeUsage>;
  clock: Clock;
}

interface Sample {
  at: number;
  node: NodeUsage;
  containers: Map<string, { info: ContainerInfo; stats: ContainerStats }>;
}

/** Rates are taken over at least this, and over no more than a minute: older figures say little of now. */
const leastWindowMs = 1000;
const mostWindowMs = 60_000;
/** Containers that the engine is asked about at once. */
const parallel = 8;

/** Measures the node and its containers when somebody asks, and never otherwise. */
export class UsageSampler {
  private last?: Sample;
  private running?: Promise<StatsSummary>;

  constructor(private readonly options: UsageSamplerOptions) {}

  /** Takes a second when nobody asked in the last minute, since a rate needs two looks. Those who ask meanwhile share it. */
  summary(): Promise<StatsSummary> {
    this.running ??= this.measure().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async measure(): Promise<StatsSummary> {
    let before = this.last;
    let now = await this.sample();
    if (!before || !spans(before, now)) {
      before = now;
      await this.options.clock.sleep(leastWindowMs);
      now = await this.sample();
    }
    this.last = now;
    return summaryOf(this.options.nodeName, before, now);
  }

  private async sample(): Promise<Sample> {
    const { engine, nodeUsage, clock } = this.options;
    const [node, infos] = await Promise.all([nodeUsage(), engine.list()]);
    const at = clock.now();
    const queue = infos.filter(({ role, state }) => role === 'container' && state === 'running');
    const containers: Sample['containers'] = new Map();
    const work = async () => {
      for (let info = queue.pop(); info; info = queue.pop()) {
        // A container that ended in between is not told of.
        const stats = await engine.stats(info.id).catch(() => undefined);
        if (stats) containers.set(info.id, { info, stats });
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    return { at, node, containers };
  }
}

/** Whether rates of everything that runs now can be taken from the earlier sample. */
function spans(before: Sample, now: Sample): boolean {
  const window = now.at - before.at;
  if (window < leastWindowMs || window > mostWindowMs) return false;
  return [...now.containers.keys()].every((id) => before.containers.has(id));
}

function summaryOf(nodeName: string, before: Sample, now: Sample): StatsSummary {
  const pods = new Map<string, PodUsage>();
  for (const [id, { info, stats }] of now.containers) {
    const earlier = before.containers.get(id)?.stats;
    if (!earlier) continue;
    const { podName: name, podNamespace: namespace, podUid: uid } = info;
    const pod = pods.get(uid) ?? { podRef: { name, namespace, uid }, containers: [] };
    pods.set(uid, pod);
    pod.containers.push({ name: info.name, ...usageOf(earlier, stats) });
  }
  const node = { nodeName, ...usageOf({ ...before.node, at: before.at }, { ...now.node, at: now.at }) };
  return { node, pods: [...pods.values()], windowSeconds: (now.at - before.at) / 1000 };
}

function usageOf(before: ContainerStats, now: ContainerStats): ResourceUsage {
  const time = rfc3339(now.at);
  const seconds = Math.max((now.at - before.at) / 1000, 0.001);
  const used = Math.max(0, now.cpuNanoseconds - before.cpuNanoseconds);
  return {
    cpu: { time, usageNanoCores: Math.round(used / seconds), usageCoreNanoSeconds: now.cpuNanoseconds },
    memory: { time, workingSetBytes: now.workingSetBytes },
  };
}
