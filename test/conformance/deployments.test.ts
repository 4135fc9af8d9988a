import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';
import { conditionOf, controllerOf, isReady, template, workload, workloads } from './support/workloads';

const cluster = useCluster();

const revision = 'deployment.kubernetes.io/revision';

/** All its pods are of the newest template and there. */
const isRolledOut = ({ metadata, spec, status }: Json) =>
  status.observedGeneration >= metadata.generation &&
  status.updatedReplicas === spec.replicas &&
  status.replicas === spec.replicas &&
  status.availableReplicas === spec.replicas;

const imageOf = ({ spec }: Json): string => (spec.template?.spec ?? spec).containers[0].image;
const withImage = (image: string) => ({ spec: { template: { spec: { containers: [{ name: 'main', image }] } } } });

describe('[sig-apps] Deployment', () => {
  it('RollingUpdateDeployment should delete old pods and create new ones [Conformance]', async () => {
    const { deployments, replicaSets, pods } = await workloads(cluster());
    // A ReplicaSet that is there already is taken over as the old one.
    const old = await replicaSets.create({
      ...workload('ReplicaSet', 'web', { template: template('web', 'web:1') }),
      metadata: { name: 'web', labels: { app: 'web' }, annotations: { [revision]: '3546343826724305832' } },
    });
    await pods.untilAll({ app: 'web' }, 'the old pod to run', ([pod]) => pod !== undefined && isReady(pod));
    await deployments.create(workload('Deployment', 'web', { template: template('web', 'web:2') }));
    const deployment = await deployments.until('web', 'to be rolled out', isRolledOut);
    // One more, of numbers that JavaScript's cannot tell apart.
    expect(deployment.metadata.annotations[revision]).toBe('3546343826724305833');
    const [pod, ...more] = await pods.untilAll({ app: 'web' }, 'one pod', ({ length }) => length === 1);
    expect([imageOf(pod), more]).toEqual(['web:2', []]);
    const adopted = await replicaSets.get('web');
    expect(adopted.spec.replicas).toBe(0);
    expect(controllerOf(adopted)).toMatchObject({ kind: 'Deployment', uid: deployment.metadata.uid });
    expect(adopted.metadata.uid).toBe(old.metadata.uid);
  });

  it('RecreateDeployment should delete old pods and create new ones [Conformance]', async () => {
    const { deployments, pods, server } = await workloads(cluster());
    const strategy = { type: 'Recreate' };
    await deployments.create(
      workload('Deployment', 'web', { replicas: 3, strategy, template: template('web', 'web:1') }),
    );
    await deployments.until('web', 'to be rolled out', isRolledOut);
    const old = new Set((await pods.list({ app: 'web' })).map(({ metadata }) => metadata.uid));
    const watch = await server.watch(`${pods.path}?watch=1&resourceVersion=0`);
    await deployments.patch('web', withImage('web:2'));
    await deployments.until(
      'web',
      'to be rolled out anew',
      (object) => isRolledOut(object) && imageOf(object) === 'web:2',
    );
    // At no time do pods of both kinds run.
    const living = new Set<string>();
    const events = await eventsUntil(watch, ({ object }) => imageOf(object) === 'web:2' && isReady(object));
    watch.close();
    for (const { type, object } of events) {
      const { uid } = object.metadata;
      if (type === 'DELETED') living.delete(uid);
      else living.add(uid);
      if (!old.has(uid)) expect([...living].filter((each) => old.has(each))).toEqual([]);
    }
  });

  it('deployment should delete old replica sets [Conformance]', async () => {
    const { deployments, replicaSets } = await workloads(cluster());
    await deployments.create(workload('Deployment', 'web', { revisionHistoryLimit: 0 }));
    await deployments.until('web', 'to be rolled out', isRolledOut);
    const [old] = await replicaSets.list({ app: 'web' });
    await deployments.patch('web', withImage('web:2'));
    const [left] = await replicaSets.untilAll(
      { app: 'web' },
      'the old ReplicaSet to be deleted',
      (sets) => sets.length === 1 && sets[0].metadata.uid !== old.metadata.uid,
    );
    expect(imageOf(left)).toBe('web:2');
  });

  it('deployment should support rollover [Conformance]', async () => {
    const { deployments, replicaSets, pods } = await workloads(cluster());
    cluster().nodes.missingImages.add('web:broken');
    await deployments.create(workload('Deployment', 'web', { replicas: 2, template: template('web', 'web:1') }));
    await deployments.until('web', 'to be rolled out', isRolledOut);
    await deployments.patch('web', withImage('web:broken'));
    await replicaSets.untilAll({ app: 'web' }, 'a second ReplicaSet with a pod', (sets) =>
      sets.some((set) => imageOf(set) === 'web:broken' && set.status.replicas > 0),
    );
    expect(isRolledOut(await deployments.get('web'))).toBe(false);
    // Another change in the midst of a rollout that gets nowhere takes its place.
    await deployments.patch('web', withImage('web:2'));
    await deployments.until(
      'web',
      'to be rolled out at last',
      (object) => isRolledOut(object) && imageOf(object) === 'web:2',
    );
    const sets = await replicaSets.untilAll({ app: 'web' }, 'old ReplicaSets to be empty', (all) =>
      all.every((set) => set.status.replicas === (imageOf(set) === 'web:2' ? 2 : 0)),
    );
    expect(sets.map(imageOf).sort()).toEqual(['web:1', 'web:2', 'web:broken']);
    expect((await pods.list({ app: 'web' })).map(imageOf)).toEqual(['web:2', 'web:2']);
  });

  it('deployment should support proportional scaling [Conformance]', async () => {
    const { deployments, replicaSets } = await workloads(cluster());
    cluster().nodes.missingImages.add('web:broken');
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    await deployments.create(
      workload('Deployment', 'web', { replicas: 10, strategy, template: template('web', 'web:1') }),
    );
    await deployments.until('web', 'to be rolled out', isRolledOut);
    const sizes = (old: number, anew: number, read: (set: Json) => number) =>
      replicaSets.untilAll({ app: 'web' }, `ReplicaSets of ${old} and ${anew}`, (sets) =>
        [
          ['web:1', old],
          ['web:broken', anew],
        ].every(([image, size]) => sets.some((set) => imageOf(set) === image && read(set) === size)),
      );
    await deployments.patch('web', withImage('web:broken'));
    // 10 - maxUnavailable stay, and 10 + maxSurge are there in all.
    await sizes(8, 5, ({ status }) => status.replicas);
    await deployments.patch('web', { spec: { replicas: 30 } });
    // 20 more pods are shared out 8:5, and none is for the new set alone.
    await sizes(20, 13, ({ spec }) => spec.replicas);
  });

  it('Deployment should have a working scale subresource [Conformance]', async () => {
    const { deployments, server } = await workloads(cluster());
    await deployments.create(workload('Deployment', 'web'));
    const path = `${deployments.path}/web/scale`;
    const scale = must(await server.get(path));
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { selector: 'app=web' } });
    scale.spec.replicas = 2;
    expect(must(await server.put(path, scale)).spec.replicas).toBe(2);
    expect((await deployments.get('web')).spec.replicas).toBe(2);
    expect(must(await server.patch(path, 'merge', { spec: { replicas: 4 } })).spec.replicas).toBe(4);
    await deployments.until('web', 'four replicas', isRolledOut);
    expect(must(await server.get(path)).status.replicas).toBe(4);
  });

  it('should run the lifecycle of a Deployment [Conformance]', async () => {
    const { deployments, server, namespace } = await workloads(cluster());
    const watch = await server.watch(`${deployments.path}?watch=1&labelSelector=kind=test`);
    const object = {
      ...workload('Deployment', 'web', { replicas: 2 }),
      metadata: { name: 'web', labels: { kind: 'test' } },
    };
    await deployments.create(object);
    expect((await watch.next()).type).toBe('ADDED');
    await deployments.until('web', 'to be rolled out', isRolledOut);
    await deployments.patch('web', { metadata: { labels: { patched: 'yes' } }, ...withImage('web:2') });
    await deployments.until('web', 'to be rolled out anew', isRolledOut);
    const everywhere = must(await server.get('/apis/apps/v1/deployments?labelSelector=kind%3Dtest')).items;
    expect(everywhere).toMatchObject([{ metadata: { namespace, labels: { patched: 'yes' } } }]);
    const [first] = everywhere;
    first.metadata.labels.updated = 'yes';
    first.spec.replicas = 3;
    must(await server.put(`${deployments.path}/web`, first));
    await deployments.until('web', 'three replicas', isRolledOut);
    expect(must(await server.get(`${deployments.path}/web/status`)).status.readyReplicas).toBe(3);
    must(await server.delete(`${deployments.path}?labelSelector=kind%3Dtest`));
    const events = await eventsUntil(watch, ({ type }) => type === 'DELETED');
    expect(events.at(-1)?.object.metadata.labels).toMatchObject({ patched: 'yes', updated: 'yes' });
    watch.close();
    await cluster().until('it to be gone', async () => (await server.get(`${deployments.path}/web`)).status === 404);
  });

  it('should validate Deployment Status endpoints [Conformance]', async () => {
    const { deployments, server } = await workloads(cluster());
    await deployments.create(workload('Deployment', 'web'));
    await deployments.until('web', 'to be rolled out', isRolledOut);
    const path = `${deployments.path}/web/status`;
    const watch = await server.watch(`${deployments.path}?watch=1&resourceVersion=0`);
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from the test' };
    const current = must(await server.get(path));
    expect(current.status.availableReplicas).toBe(1);
    current.status.conditions.push(condition);
    const updated = must(await server.put(path, current));
    expect(conditionOf(updated, 'StatusUpdate')).toMatchObject(condition);
    await eventsUntil(watch, ({ object }) => conditionOf(object, 'StatusUpdate') !== undefined);
    const patch = { spec: { replicas: 9 }, status: { conditions: [{ ...condition, type: 'StatusPatched' }] } };
    const patched = must(await server.patch(path, 'strategic', patch));
    expect(conditionOf(patched, 'StatusPatched')).toMatchObject({ status: 'True' });
    expect(patched.spec.replicas).toBe(1);
    await eventsUntil(watch, ({ object }) => conditionOf(object, 'StatusPatched') !== undefined);
    watch.close();
  });
});
