/** What an agent says of its node's use, at `/stats/summary`: Kubernetes' Summary API, CPU and memory only. */
export interface StatsSummary {
  node: { nodeName: string } & ResourceUsage;
  pods: PodUsage[];
  /** Over how long the rates were taken, in seconds; not in Kubernetes' API. */
  windowSeconds: number;
}

export interface PodUsage {
  podRef: { name: string; namespace: string; uid: string };
  containers: Array<{ name: string } & ResourceUsage>;
}

export interface ResourceUsage {
  cpu: { time: string; usageNanoCores: number; usageCoreNanoSeconds: number };
  memory: { time: string; workingSetBytes: number };
}
