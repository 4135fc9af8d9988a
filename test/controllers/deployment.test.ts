import { deploymentController } from '../../runtime/controllers/deployment/controller';
import { replicaSetController } from '../../runtime/controllers/replicaset/controller';
import type { Deployment, Pod } from '../../runtime/kube/generated/types';
import { deployments, events, replicaSets } from '../../runtime/kube/resource';
import { deployment, fakeKubelet, type Harness, harness, podsOf, readDeployment, setsOf } from './harness';

const everything = (ready?: (pod: Pod) => boolean) =>
  harness(deploymentController, replicaSetController, fakeKubelet({ ready }));
const imageOf = (pod: Pod) => pod.spec?.containers[0]?.image;

async function change(h: Harness, spec: Partial<NonNullable<Deployment['spec']>>): Promise<void> {
  await h.client.patch(deployments, { namespace: 'default', name: 'web' }, { type: 'merge', body: { spec } });
  await h.settle();
}

const template = (image: string) => ({ template: { spec: { containers: [{ name: 'c', image }] } } }) as never;

test('rolls out a new Deployment and reports it as Kubernetes does', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web'));
  await h.settle();
  const { metadata, status } = await readDeployment(h.client, 'web');
  expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
  });
  expect(status?.unavailableReplicas).toBeUndefined();
  const [set] = await setsOf(h.client);
  const progressed = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' };
  expect(status?.conditions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }),
      expect.objectContaining({
        ...progressed,
        message: `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
      }),
    ]),
  );
  const hash = set?.metadata.labels?.['pod-template-hash'];
  expect(set).toMatchObject({
    metadata: {
      name: `web-${hash}`,
      annotations: {
        'deployment.kubernetes.io/revision': '1',
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
      },
    },
    spec: { selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } } },
  });
  const messages = (await h.client.list(events)).items.map((event) => event.message);
  expect(messages).toContain(`Scaled up replica set web-${hash} from 0 to 3`);
  await h.stop();
});

test('rolls over to a new template, and back by revision', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web'));
  await h.settle();
  await change(h, template('web:2'));
  expect((await podsOf(h.client)).map(imageOf)).toEqual(['web:2', 'web:2', 'web:2']);
  const revisions = async () =>
    (await setsOf(h.client))
      .map(({ metadata, spec }) => [
        spec?.template?.spec?.containers[0]?.image,
        metadata.annotations?.['deployment.kubernetes.io/revision'],
        spec?.replicas,
      ])
      .sort();
  expect(await revisions()).toEqual([
    ['web:1', '1', 0],
    ['web:2', '2', 3],
  ]);
  await change(h, template('web:1'));
  expect(await revisions()).toEqual([
    ['web:1', '3', 3],
    ['web:2', '2', 0],
  ]);
  const reused = (await setsOf(h.client)).find((set) => set.spec?.replicas === 3);
  expect(reused?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  expect((await readDeployment(h.client, 'web')).metadata.annotations).toEqual({
    'deployment.kubernetes.io/revision': '3',
  });
  await h.stop();
});

test('keeps the old pods while the new ones do not get ready, and says so after the deadline', async () => {
  const h = await everything((pod) => imageOf(pod) === 'web:1');
  await h.client.create(deployments, deployment('web', { progressDeadlineSeconds: 60 }));
  await h.settle();
  await change(h, template('broken'));
  const images = async () => (await podsOf(h.client)).map(imageOf).sort();
  expect(await images()).toEqual(['broken', 'web:1', 'web:1', 'web:1']);
  await h.clock.advance(62_000);
  await h.settle();
  const { status } = await readDeployment(h.client, 'web');
  expect(status?.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: expect.stringMatching(/^ReplicaSet "web-.*" has timed out progressing\.$/),
  });
  expect(await images()).toEqual(['broken', 'web:1', 'web:1', 'web:1']);
  await h.stop();
});

test('Recreate: no new pod before the last old one is gone', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web', { strategy: { type: 'Recreate' } }));
  await h.settle();
  let mixed = false;
  const seen = async () => {
    const images = new Set((await podsOf(h.client)).map(imageOf));
    mixed ||= images.size > 1;
  };
  h.client.intercept = (verb) => {
    if (verb === 'create') void seen();
  };
  await change(h, template('web:2'));
  expect((await podsOf(h.client)).map(imageOf)).toEqual(['web:2', 'web:2', 'web:2']);
  expect(mixed).toBe(false);
  await h.stop();
});

test('paused: scales, but does not roll out until resumed', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web'));
  await h.settle();
  await change(h, { paused: true, ...(template('web:2') as object) });
  await change(h, { replicas: 5 });
  expect((await podsOf(h.client)).map(imageOf)).toEqual(Array(5).fill('web:1'));
  const progressing = async () =>
    (await readDeployment(h.client, 'web')).status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
  expect(await progressing()).toBe('DeploymentPaused');
  await change(h, { paused: false });
  expect((await podsOf(h.client)).map(imageOf)).toEqual(Array(5).fill('web:2'));
  expect(await progressing()).toBe('NewReplicaSetAvailable');
  await h.stop();
});

test('forgets revisions beyond the limit', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web', { revisionHistoryLimit: 2 }));
  await h.settle();
  for (const image of ['web:2', 'web:3', 'web:4', 'web:5']) await change(h, template(image));
  const images = (await setsOf(h.client)).map((set) => set.spec?.template?.spec?.containers[0]?.image).sort();
  expect(images).toEqual(['web:3', 'web:4', 'web:5']);
  await h.stop();
});

test('takes another name when a template of another Deployment has it', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web'));
  await h.settle();
  const [first] = await setsOf(h.client);
  await h.client.delete(deployments, { namespace: 'default', name: 'web' });
  await h.settle();
  // A leftover of that name that belongs to nobody and selects nothing of ours.
  await h.client.delete(replicaSets, { namespace: 'default', name: first?.metadata.name ?? '' });
  h.client.seed(replicaSets, {
    ...(first as NonNullable<typeof first>),
    metadata: { name: first?.metadata.name, namespace: 'default' },
  });
  await h.client.create(deployments, deployment('web'));
  await h.settle();
  expect((await readDeployment(h.client, 'web')).status).toMatchObject({ collisionCount: 1, availableReplicas: 3 });
  await h.stop();
});

test('500 replicas roll over with few writes beyond the pods themselves', async () => {
  const h = await everything();
  await h.client.create(deployments, deployment('web', { replicas: 500 }));
  await h.settle();
  h.client.writes.length = 0;
  await change(h, template('web:2'));
  const finished = await podsOf(h.client);
  expect(finished.filter((pod) => imageOf(pod) === 'web:2')).toHaveLength(500);
  const others = h.client.writes.filter((write) => !/ (pods|pods\/status|events) /.test(write));
  expect(others.length).toBeLessThan(400);
  await h.stop();
});
