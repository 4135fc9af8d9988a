import { ApiServer } from '../../runtime/apiserver/api-server';
import type { ApiClient } from '../../runtime/client/client';
import { InformerFactory } from '../../runtime/client/informer-factory';
import { type StartControllersOptions, startControllers } from '../../runtime/controllers';
import type { Lease, Node, Pod } from '../../runtime/kube/generated/types';
import { kinds } from '../../runtime/kube/kinds';
import { leases, nodes, pods } from '../../runtime/kube/resource';
import { createCa } from '../../runtime/pki/ca';
import type { KeyPair } from '../../runtime/pki/pki';
import { Scheduler } from '../../runtime/scheduler/scheduler';
import { MemoryStore } from '../../runtime/store/memory-store';
import type { Store } from '../../runtime/store/store';
import { type Clock, rfc3339, rfc3339Micro } from '../../runtime/util/clock';
import type { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

export interface ControlPlane {
  api: ApiServer;
  ca: KeyPair;
  client: ApiClient;
  informers: InformerFactory;
  store: Store;
  stop(): Promise<void>;
}

type Seams = Pick<StartControllersOptions, 'connections' | 'probe'>;

/** API server, scheduler and all controllers, as `orlop server` puts them together, over a store in memory. */
export async function controlPlane(
  clock: Clock,
  seams: Seams = {},
  store: Store = new MemoryStore(),
): Promise<ControlPlane> {
  const ca = await createCa(Date.now());
  const api = await ApiServer.create({ store, kinds, ca, clock, random: sequence() });
  const running = await runControllers(api, ca, clock, seams);
  return {
    ...running,
    api,
    ca,
    store,
    async stop() {
      await running.stop();
      await api.close();
      await store.close();
    },
  };
}

/** The scheduler and all controllers on an API server, through its in-process client. */
export async function runControllers(
  api: ApiServer,
  ca: KeyPair,
  clock: Clock,
  seams: Seams = {},
): Promise<Pick<ControlPlane, 'client' | 'informers' | 'stop'>> {
  const options = { client: api.client('test'), clock, logger: silentLogger, random: sequence() };
  const informers = new InformerFactory(options);
  const scheduler = new Scheduler({ ...options, informers });
  const controllers = startControllers({ ...options, informers, served: api.served, caPem: ca.cert, ...seams });
  await scheduler.start();
  await controllers.synced;
  return {
    client: options.client,
    informers,
    async stop() {
      scheduler.stop();
      await controllers.stop();
      await informers.stop();
    },
  };
}

/** Lets everything happen that is due within a moment: time passes in `rounds` until nothing is written any more. */
export async function settleWrites(plane: Pick<ControlPlane, 'store'>, clock: FakeClock, rounds = 3): Promise<void> {
  for (let before = -1; before !== (await plane.store.revision()); ) {
    before = await plane.store.revision();
    for (let i = 0; i < rounds; i++) await clock.advance(25);
  }
}

/** The same numbers in every run, uniform in [0, 1). */
function sequence(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Nodes whose agents run every pod at once, as long as they live and its images can be had. */
export class FakeNodes {
  /** Images that no registry has: their pods stay Pending. */
  readonly missingImages = new Set<string>();
  private readonly alive = new Set<string>();
  private next = 1;

  constructor(
    private readonly plane: Pick<ControlPlane, 'client' | 'informers'>,
    private readonly clock: Clock,
  ) {
    const see = (pod: Pod) => this.see(pod);
    plane.informers.for(pods).addHandler({ onAdd: see, onUpdate: see });
  }

  async join(name: string): Promise<void> {
    this.alive.add(name);
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        allocatable: { cpu: '64', memory: '256Gi', pods: '1000' },
        capacity: { cpu: '64', memory: '256Gi', pods: '1000' },
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(this.clock.now()) }],
      },
    };
    await this.plane.client.create(nodes, node);
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 5, renewTime: rfc3339Micro(this.clock.now()) },
    };
    await this.plane.client.create(leases, lease);
  }

  /** Every living node renews its Lease. */
  async beat(): Promise<void> {
    for (const name of this.alive) {
      const body = { spec: { renewTime: rfc3339Micro(this.clock.now()) } };
      await this.plane.client.patch(leases, { namespace: 'kube-node-lease', name }, { type: 'merge', body });
    }
  }

  die(name: string): void {
    this.alive.delete(name);
  }

  private see(pod: Pod): void {
    const { client } = this.plane;
    const { namespace, name = '', uid } = pod.metadata;
    if (!pod.spec?.nodeName || !this.alive.has(pod.spec.nodeName)) return;
    if (pod.metadata.deletionTimestamp) {
      void client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }).catch(() => {});
    } else if (!pod.status?.podIP && !pod.spec.containers.some(({ image = '' }) => this.missingImages.has(image))) {
      const i = this.next++;
      const podIP = `10.42.${Math.floor(i / 250) % 250}.${i % 250}`;
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(this.clock.now()) }];
      const body = { metadata: { uid }, status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } };
      void client
        .patch(pods, { namespace, name }, { type: 'strategic', body }, { subresource: 'status' })
        .catch(() => {});
    }
  }
}
