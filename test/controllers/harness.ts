import { FakeApiClient } from '../../runtime/client/fake-client';
import { InformerFactory } from '../../runtime/client/informer-factory';
import type { ControllerContext, ControllerHandle } from '../../runtime/controllers/context';
import type { ServedResources } from '../../runtime/controllers/served/served';
import type { Deployment, Pod, ReplicaSet } from '../../runtime/kube/generated/types';
import { deployments, pods, type Resource, replicaSets } from '../../runtime/kube/resource';
import { rfc3339 } from '../../runtime/util/clock';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

export interface Harness {
  clock: FakeClock;
  client: FakeApiClient;
  context: ControllerContext;
  /** Lets everything happen that is due now. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Controllers over an API server in memory and a clock that stands still. */
export async function harness(...make: Array<(context: ControllerContext) => ControllerHandle>): Promise<Harness> {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  const options = { client, clock, logger: silentLogger, random: () => 0.5 };
  const informers = new InformerFactory(options);
  const context = { ...options, informers };
  const controllers = make.map((each) => each(context));
  informers.start();
  const settle = async () => {
    for (let before = -1; before !== client.storage.version; ) {
      before = client.storage.version;
      await clock.advance(25);
    }
  };
  await settle();
  for (const controller of controllers) controller.start();
  await settle();
  return {
    clock,
    client,
    context,
    settle,
    async stop() {
      await Promise.all(controllers.map((controller) => controller.stop()));
      await informers.stop();
    },
  };
}

/** Stands in for every node: runs a pod as soon as it is there, removes it as soon as it is to go. */
export function fakeKubelet(options: { ready?: (pod: Pod) => boolean } = {}) {
  return ({ client, informers, clock }: ControllerContext): ControllerHandle => {
    let next = 0;
    const ready = options.ready ?? (() => true);
    const see = (pod: Pod) => {
      const { namespace, name = '', uid } = pod.metadata;
      const key = { namespace, name };
      if (pod.metadata.deletionTimestamp) {
        void client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid } }).catch(() => {});
      } else if (pod.status?.phase === 'Pending' && ready(pod)) {
        const condition = { type: 'Ready', status: 'True', lastTransitionTime: rfc3339(clock.now()) };
        const status = { phase: 'Running', podIP: `10.42.0.${++next % 250}`, conditions: [condition] };
        void client.patch(pods, key, { type: 'merge', body: { status } }, { subresource: 'status' }).catch(() => {});
      }
    };
    informers.for(pods).addHandler({ onAdd: see, onUpdate: see });
    return { start() {}, async stop() {} };
  };
}

export function deployment(
  name: string,
  spec: Partial<NonNullable<Deployment['spec']>> = {},
  image = 'web:1',
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  };
}

export function replicaSet(
  name: string,
  replicas: number,
  more: Partial<NonNullable<ReplicaSet['spec']>> = {},
): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      ...more,
    },
  };
}

export async function podsOf(client: FakeApiClient): Promise<Pod[]> {
  return (await client.list(pods)).items;
}

export async function setsOf(client: FakeApiClient): Promise<ReplicaSet[]> {
  return (await client.list(replicaSets)).items;
}

export async function readDeployment(client: FakeApiClient, name: string): Promise<Deployment> {
  return client.get(deployments, { namespace: 'default', name });
}

export const widgetResource: Resource = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

/** Resources that come and go as a test says. */
export class ChangingResources implements ServedResources {
  private readonly listeners = new Set<() => void>();

  constructor(private resources: readonly Resource[]) {}

  list(): readonly Resource[] {
    return this.resources;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  replicasPath(): undefined {}

  set(resources: readonly Resource[]): void {
    this.resources = resources;
    for (const listener of this.listeners) listener();
  }
}
