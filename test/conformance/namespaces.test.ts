import type { Json } from '../apiserver/harness';
import { deployment, pod, service } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();
let made = 0;

/** Requests on one new namespace. */
async function fresh(labels: Record<string, string> = {}) {
  const { server } = cluster();
  const name = `ns-${++made}`;
  const path = `/api/v1/namespaces/${name}`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  const object = must(await server.post('/api/v1/namespaces', body), 201);
  return { name, path, object, read: async () => must(await server.get(path)) };
}

async function gone(path: string): Promise<void> {
  const { server } = cluster();
  await cluster().until(`${path} to go`, async () => (await server.get(path)).status === 404);
}

function inNamespace(object: Json, namespace: string): Json {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

describe('[sig-api-machinery] Namespaces [Serial]', () => {
  it('should patch a Namespace [Conformance]', async () => {
    const { path, name } = await fresh();
    const body = { metadata: { labels: { testLabel: 'testValue' } } };
    expect(must(await cluster().server.patch(path, 'strategic', body)).metadata.labels).toEqual({
      'kubernetes.io/metadata.name': name,
      testLabel: 'testValue',
    });
    expect(must(await cluster().server.get(path)).metadata.labels.testLabel).toBe('testValue');
  });

  it('should apply an update to a Namespace [Conformance]', async () => {
    const { path, read } = await fresh();
    const object = await read();
    object.metadata.labels.updated = 'yes';
    expect(must(await cluster().server.put(path, object)).metadata.labels.updated).toBe('yes');
    expect((await read()).metadata.labels.updated).toBe('yes');
  });

  it('should apply a finalizer to a Namespace [Conformance]', async () => {
    const { server } = cluster();
    const { path, read } = await fresh();
    const object = await read();
    object.spec.finalizers = ['kubernetes', 'example.com/fake'];
    expect(must(await server.put(`${path}/finalize`, object)).spec.finalizers).toEqual([
      'kubernetes',
      'example.com/fake',
    ]);
    const kept = await read();
    kept.spec.finalizers = ['kubernetes'];
    must(await server.put(`${path}/finalize`, kept));
    expect((await read()).spec.finalizers).toEqual(['kubernetes']);
    must(await server.delete(path));
    await gone(path);
  });

  it('should apply changes to a namespace status [Conformance]', async () => {
    const { server } = cluster();
    const { path } = await fresh();
    const status = must(await server.get(`${path}/status`)).status;
    expect(status).toEqual({ phase: 'Active' });
    const patched = { type: 'StatusPatch', status: 'True', reason: 'Test', message: 'patched' };
    const body = { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [patched] } };
    const after = must(await server.patch(`${path}/status`, 'merge', body));
    expect(after.metadata.annotations.patchedstatus).toBe('true');
    expect(after.status.conditions).toMatchObject([patched]);
    const updated = { type: 'StatusUpdate', status: 'True', reason: 'Test', message: 'updated' };
    after.status.conditions.push(updated);
    expect(must(await server.put(`${path}/status`, after)).status.conditions).toMatchObject([patched, updated]);
    expect(must(await server.get(path)).status).toMatchObject({ phase: 'Active', conditions: [patched, updated] });
  });

  it('should ensure that all pods are removed when a namespace is deleted [Conformance]', async () => {
    const { server, until } = bound();
    const { path, name } = await fresh();
    must(await server.post(`${path}/pods`, inNamespace(pod('test'), name)), 201);
    await until('the pod to run', async () => must(await server.get(`${path}/pods/test`)).status.phase === 'Running');
    must(await server.delete(path));
    await gone(path);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    must(await server.post('/api/v1/namespaces', body), 201);
    expect(must(await server.get(`${path}/pods`)).items).toEqual([]);
  });

  it('should ensure that all services are removed when a namespace is deleted [Conformance]', async () => {
    const { server } = cluster();
    const { path, name } = await fresh();
    must(await server.post(`${path}/services`, inNamespace(service('test'), name)), 201);
    must(await server.delete(path));
    await gone(path);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    must(await server.post('/api/v1/namespaces', body), 201);
    expect(must(await server.get(`${path}/services`)).items).toEqual([]);
  });
});

describe('[sig-api-machinery] OrderedNamespaceDeletion', () => {
  it('namespace deletion should delete pod first [Conformance]', async () => {
    const { server, until } = bound();
    const { path, name } = await fresh();
    const held = pod('held', {}, { namespace: name, finalizers: ['example.com/hold'] });
    must(await server.post(`${path}/pods`, held), 201);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'used', namespace: name } };
    must(await server.post(`${path}/configmaps`, map), 201);
    must(await server.delete(path));
    const condition = (object: Json, type: string) =>
      object.status.conditions?.find((each: Json) => each.type === type) as Json;
    await until('the namespace to say what it waits for', async () => {
      const object = must(await server.get(path));
      return condition(object, 'NamespaceDeletionContentFailure') !== undefined;
    });
    await cluster().pass(10_000);
    const object = must(await server.get(path));
    expect(object.status.phase).toBe('Terminating');
    expect(condition(object, 'NamespaceContentRemaining').message).toBe(
      'Some resources are remaining: pods. has 1 resource instances',
    );
    expect(condition(object, 'NamespaceFinalizersRemaining').message).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    expect(must(await server.get(`${path}/pods/held`)).metadata.deletionTimestamp).toBeDefined();
    expect(must(await server.get(`${path}/configmaps/used`)).metadata.deletionTimestamp).toBeUndefined();
    must(await server.patch(`${path}/pods/held`, 'json', [{ op: 'remove', path: '/metadata/finalizers' }]));
    await gone(path);
  });
});

describe('[sig-api-machinery] Garbage collector', () => {
  const setsOf = async (path: string) => must(await cluster().server.get(`${path}/replicasets`)).items as Json[];

  async function running() {
    const { server, until } = bound();
    const { name } = await fresh();
    const path = `/apis/apps/v1/namespaces/${name}`;
    must(await server.post(`${path}/deployments`, inNamespace(deployment('web', 2), name)), 201);
    await until('the ReplicaSet', async () => (await setsOf(path)).length === 1);
    return { server, until, path, target: `${path}/deployments/web` };
  }

  it('should delete RS created by deployment when not orphaning [Conformance]', async () => {
    const { server, until, path, target } = await running();
    must(await server.delete(target, { propagationPolicy: 'Background' }));
    await until('the ReplicaSet to go', async () => (await setsOf(path)).length === 0);
  });

  it('should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]', async () => {
    const { server, until, path, target } = await running();
    must(await server.delete(target, { propagationPolicy: 'Orphan' }));
    await until('the Deployment to go', async () => (await server.get(target)).status === 404);
    await cluster().pass(30_000);
    const [set, ...others] = await setsOf(path);
    expect(others).toEqual([]);
    expect(set.metadata.ownerReferences ?? []).toEqual([]);
    expect(set.metadata.deletionTimestamp).toBeUndefined();
  });

  it('should not be blocked by dependency circle [Conformance]', async () => {
    const { server, until } = bound();
    const { path, name } = await fresh();
    const pods: Json[] = [];
    for (const each of ['pod1', 'pod2', 'pod3']) {
      pods.push(must(await server.post(`${path}/pods`, inNamespace(pod(each), name)), 201));
    }
    for (const [i, { metadata }] of pods.entries()) {
      const owner = pods[(i + 2) % 3].metadata;
      const reference = { apiVersion: 'v1', kind: 'Pod', name: owner.name, uid: owner.uid };
      const ownerReferences = [{ ...reference, controller: true, blockOwnerDeletion: true }];
      must(await server.patch(`${path}/pods/${metadata.name}`, 'merge', { metadata: { ownerReferences } }));
    }
    must(await server.delete(`${path}/pods/pod1`, { propagationPolicy: 'Foreground' }));
    await until('all pods to go', async () => must(await server.get(`${path}/pods`)).items.length === 0);
  });
});

function bound() {
  const here = cluster();
  return { server: here.server, until: here.until.bind(here) };
}
