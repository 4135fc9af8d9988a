import type { Json } from '../../apiserver/harness';
import { type ConformanceCluster, must } from './cluster';

/** The pods that a workload of the tests makes. */
export const template = (app: string, image = 'pause:1'): Json => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image }] },
});

/** A Deployment or ReplicaSet whose pods are those of its own name. */
export const workload = (kind: 'Deployment' | 'ReplicaSet', name: string, spec: object = {}): Json => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});

/** One namespace's objects of one resource, read and waited for. */
export class Objects {
  constructor(
    private readonly cluster: ConformanceCluster,
    /** Of the collection. */
    readonly path: string,
  ) {}

  async get(name: string): Promise<Json> {
    return must(await this.cluster.server.get(`${this.path}/${name}`));
  }

  async create(object: Json): Promise<Json> {
    return must(await this.cluster.server.post(this.path, object), 201);
  }

  async patch(name: string, body: unknown, kind: 'merge' | 'strategic' = 'strategic'): Promise<Json> {
    return must(await this.cluster.server.patch(`${this.path}/${name}`, kind, body));
  }

  async list(labels: Record<string, string> = {}): Promise<Json[]> {
    const selector = Object.entries(labels)
      .map((pair) => pair.join('='))
      .join(',');
    return must(await this.cluster.server.get(`${this.path}?labelSelector=${encodeURIComponent(selector)}`)).items;
  }

  /** The object, as soon as it is as wanted. */
  until(name: string, what: string, wanted: (object: Json) => boolean): Promise<Json> {
    return this.cluster.until(`${name}: ${what}`, async () => {
      const object = await this.get(name);
      return wanted(object) && object;
    });
  }

  /** Those with the labels, as soon as they are as wanted. */
  untilAll(labels: Record<string, string>, what: string, wanted: (objects: Json[]) => boolean): Promise<Json[]> {
    return this.cluster.until(what, async () => {
      const objects = await this.list(labels);
      return wanted(objects) && objects;
    });
  }
}

/** A namespace of its own, and its workloads. */
export async function workloads(cluster: ConformanceCluster) {
  const namespace = await cluster.namespace();
  const of = (root: string, plural: string) => new Objects(cluster, `${root}/namespaces/${namespace}/${plural}`);
  return {
    server: cluster.server,
    namespace,
    deployments: of('/apis/apps/v1', 'deployments'),
    replicaSets: of('/apis/apps/v1', 'replicasets'),
    pods: of('/api/v1', 'pods'),
    controllers: of('/api/v1', 'replicationcontrollers'),
    budgets: of('/apis/policy/v1', 'poddisruptionbudgets'),
  };
}

export const isReady = (pod: Json): boolean =>
  pod.status.conditions?.some(({ type, status }: Json) => type === 'Ready' && status === 'True') ?? false;

export const controllerOf = ({ metadata }: Json): Json =>
  metadata.ownerReferences?.find((each: Json) => each.controller);

export const conditionOf = ({ status }: Json, wanted: string): Json =>
  status.conditions?.find(({ type }: Json) => type === wanted);
