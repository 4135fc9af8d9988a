import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreachableError } from '../../runtime/client/client';
import type { Volume } from '../../runtime/kube/generated/types';
import { configMaps, pods, serviceAccounts } from '../../runtime/kube/resource';
import { AgentHarness, container } from './harness';

jest.setTimeout(60_000);
let harness: AgentHarness;
beforeEach(async () => {
  harness = await AgentHarness.start({ images: ['app:1'] });
  const named = (name: string) => ({ name, namespace: 'default' });
  harness.client.seed(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('default') });
  const ca = { apiVersion: 'v1' as const, kind: 'ConfigMap' as const, metadata: named('kube-root-ca.crt') };
  harness.client.seed(configMaps, { ...ca, data: { 'ca.crt': 'the CA' } });
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const volume: Volume = {
    name: 'kube-api-access-abcde',
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
    },
  };
  const mount = { name: volume.name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
  harness.createPod('web', { containers: [container('app', { volumeMounts: [mount] })], volumes: [volume] });
  await running();
});
afterEach(() => harness.stop());

const running = () => harness.until(async () => (await harness.phase('web')) === 'Running');
const fileOf = (name: string) =>
  readFile(join(harness.folder, 'pods/uid-web/volumes/kubernetes.io~projected/kube-api-access-abcde', name), 'utf8');
/** Which of the tokens that were ever made the pod has. */
const token = async () => (JSON.parse(await fileOf('token')) as { number: number }).number;
const requests = () => harness.client.writes.filter((write) => write.includes('serviceaccounts/token')).length;
const minutes = async (count: number) => {
  for (let minute = 0; minute < count; minute++) await harness.advance(60_000);
};
const restartAgent = async () => {
  await harness.agent?.stop();
  const again = harness.startAgent();
  await harness.advance(1_000);
  await again;
};
const away = () => {
  harness.client.intercept = () => {
    throw new UnreachableError('the server is away');
  };
};

test('a pod reaches the API with what its volume shows', async () => {
  expect([await fileOf('ca.crt'), await fileOf('namespace'), await token()]).toEqual(['the CA', 'default', 1]);
});

test('its token is renewed in time, and not asked for at other changes', async () => {
  harness.client.seed(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt', namespace: 'default' },
    data: { 'ca.crt': 'another CA' },
  });
  await harness.until(async () => (await fileOf('ca.crt')) === 'another CA');
  await minutes(47);
  expect([await token(), requests()]).toEqual([1, 1]);
  await minutes(2);
  await harness.until(async () => (await token()) === 2);
  expect(requests()).toBe(2);
});

test('a renewal that failed is tried again', async () => {
  await minutes(47);
  away();
  await minutes(3);
  expect(await token()).toBe(1);
  harness.client.intercept = undefined;
  await minutes(2);
  await harness.until(async () => (await token()) === 2);
});

test('an agent that starts again renews it; without the server the old one stays, and is enough for a restart', async () => {
  await restartAgent();
  await harness.until(async () => (await token()) === 2);
  away();
  await restartAgent();
  const app = (await harness.engine.list()).find(({ name, state }) => name === 'app' && state === 'running');
  harness.engine.crash(app?.id ?? '', 1);
  await harness.advance(10_000);
  await harness.until(() => harness.engine.starts.length === 2);
  expect(await token()).toBe(2);
  harness.client.intercept = undefined;
  await minutes(2);
  await harness.until(async () => (await token()) === 3);
});

test('none is asked for once the pod has ended', async () => {
  const body = { spec: { restartPolicy: 'Never' } };
  await harness.client.patch(pods, { namespace: 'default', name: 'web' }, { type: 'merge', body });
  const app = (await harness.engine.list()).find(({ name }) => name === 'app');
  harness.engine.crash(app?.id ?? '', 0);
  await harness.until(async () => (await harness.phase('web')) === 'Succeeded');
  await minutes(60);
  expect(requests()).toBe(1);
});
