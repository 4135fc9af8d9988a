import type { Json } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

/** A ReplicationController in a namespace of its own, with its pods running. */
async function running(replicas: number) {
  const { server } = cluster();
  const namespace = await cluster().namespace();
  const path = `/api/v1/namespaces/${namespace}`;
  const create = async (name: string, count: number) => {
    const template = {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'pause:1' }] },
    };
    const body = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name },
      spec: { replicas: count, selector: { app: name }, template },
    };
    return must(await server.post(`${path}/replicationcontrollers`, body), 201);
  };
  const rc = await create('first', replicas);
  const pods = async (): Promise<Json[]> => must(await server.get(`${path}/pods`)).items;
  await cluster().until('the status to count every pod', async () => {
    const { status } = must(await server.get(`${path}/replicationcontrollers/first`));
    return status.replicas === replicas && status.readyReplicas === replicas;
  });
  expect(await pods()).toHaveLength(replicas);
  return {
    server,
    path,
    rc,
    create,
    pods,
    status: async () => (await server.get(`${path}/replicationcontrollers/first`)).status,
    delete: async (propagationPolicy: string) => {
      const options = { propagationPolicy, preconditions: { uid: rc.metadata.uid } };
      must(await server.delete(`${path}/replicationcontrollers/first`, options));
    },
  };
}

describe('[sig-api-machinery] Garbage collector', () => {
  it('should delete pods created by rc when not orphaning [Conformance]', async () => {
    const { pods, delete: remove, status } = await running(2);
    await remove('Background');
    await cluster().until('the pods to go', async () => (await pods()).length === 0);
    expect(await status()).toBe(404);
  });

  it('should orphan pods created by rc if delete options say so [Serial] [Conformance]', async () => {
    const { rc, pods, delete: remove, status } = await running(20);
    await remove('Orphan');
    await cluster().until('the controller to go', async () => (await status()) === 404);
    await cluster().pass(30_000);
    const left = await pods();
    expect(left).toHaveLength(20);
    for (const { metadata } of left) {
      expect(metadata.deletionTimestamp).toBeUndefined();
      expect((metadata.ownerReferences ?? []).map(({ uid }: Json) => uid)).not.toContain(rc.metadata.uid);
    }
  });

  it('should keep the rc around until all its pods are deleted if the deleteOptions says so [Serial] [Conformance]', async () => {
    const { server, path, pods, delete: remove, status } = await running(5);
    const [held] = (await pods()) as [Json];
    const finalizers = (list: string[]) =>
      server.patch(`${path}/pods/${held.metadata.name}`, 'merge', { metadata: { finalizers: list } });
    must(await finalizers(['example.com/hold']));
    await remove('Foreground');
    await cluster().until('all pods but the held one to go', async () => (await pods()).length === 1);
    await cluster().pass(5_000);
    const waiting = must(await server.get(`${path}/replicationcontrollers/first`));
    expect(waiting.metadata.deletionTimestamp).toBeDefined();
    expect(waiting.metadata.finalizers).toContain('foregroundDeletion');
    must(await finalizers([]));
    await cluster().until('the controller to go', async () => (await status()) === 404);
    expect(await pods()).toEqual([]);
  });

  it("should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Serial] [Conformance]", async () => {
    const { server, path, create, pods, delete: remove, status } = await running(6);
    const stays = await create('stays', 0);
    const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'stays', uid: stays.metadata.uid };
    const shared = (await pods()).slice(0, 3);
    for (const { metadata } of shared) {
      const body = { metadata: { ownerReferences: [...metadata.ownerReferences, owner] } };
      must(await server.patch(`${path}/pods/${metadata.name}`, 'merge', body));
    }
    await remove('Foreground');
    await cluster().until('the controller to go', async () => (await status()) === 404);
    await cluster().pass(5_000);
    const left = await pods();
    const names = (list: Json[]) => list.map(({ metadata }) => metadata.name).sort();
    expect(names(left)).toEqual(names(shared));
    for (const { metadata } of left) {
      expect(metadata.deletionTimestamp).toBeUndefined();
      expect(metadata.ownerReferences.map(({ uid }: Json) => uid)).toEqual([stays.metadata.uid]);
    }
  });
});
