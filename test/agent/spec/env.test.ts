import { containerEnv, type EnvContext } from '../../../runtime/agent/spec/env';
import { expand } from '../../../runtime/agent/spec/expansion';
import type { PodObjects } from '../../../runtime/agent/spec/objects';
import type { Container, Pod, Service } from '../../../runtime/kube/generated/types';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const objects: PodObjects = {
  configMap: async (_namespace, name) =>
    name === 'conf'
      ? {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name },
          data: { a: '1', b: '2' },
          binaryData: { c: base64('3') },
        }
      : undefined,
  secret: async (_namespace, name) =>
    name === 'pass'
      ? { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { word: base64('sesame') } }
      : undefined,
};
const service = (
  namespace: string,
  name: string,
  clusterIP: string,
  ports: Array<[string | undefined, number]>,
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { clusterIP, ports: ports.map(([portName, port]) => ({ name: portName, port, protocol: 'TCP' })) },
});
const context: EnvContext = {
  objects,
  services: [
    service('default', 'kubernetes', '10.43.0.1', [['https', 443]]),
    service('shop', 'web-front', '10.43.0.7', [
      ['http', 80],
      ['admin', 81],
    ]),
    service('other', 'far', '10.43.0.8', [[undefined, 1]]),
    service('shop', 'headless', 'None', [[undefined, 1]]),
  ],
  podIp: '10.42.0.5',
  hostIp: '192.0.2.1',
  nodeName: 'node-1',
  allocatable: { cpu: '4', memory: '8Gi' },
};
const pod = (container: Partial<Container>, more: Partial<Pod['spec']> = {}): [Pod, Container] => {
  const app = { name: 'app', ...container };
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', labels: { tier: 'x' }, annotations: { 'a/b': 'c' } };
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [app], serviceAccountName: 'robot', ...more } },
    app,
  ];
};
const envOf = async (container: Partial<Container>, more: Partial<Pod['spec']> = {}) =>
  Object.fromEntries(await containerEnv(...pod(container, more), context));

test('services of the namespace, and the API server, are in the environment', async () => {
  expect(await envOf({})).toEqual({
    KUBERNETES_SERVICE_HOST: '10.43.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.43.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.43.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.43.0.1',
    WEB_FRONT_SERVICE_HOST: '10.43.0.7',
    WEB_FRONT_SERVICE_PORT: '80',
    WEB_FRONT_SERVICE_PORT_HTTP: '80',
    WEB_FRONT_SERVICE_PORT_ADMIN: '81',
    WEB_FRONT_PORT: 'tcp://10.43.0.7:80',
    WEB_FRONT_PORT_80_TCP: 'tcp://10.43.0.7:80',
    WEB_FRONT_PORT_80_TCP_PROTO: 'tcp',
    WEB_FRONT_PORT_80_TCP_PORT: '80',
    WEB_FRONT_PORT_80_TCP_ADDR: '10.43.0.7',
    WEB_FRONT_PORT_81_TCP: 'tcp://10.43.0.7:81',
    WEB_FRONT_PORT_81_TCP_PROTO: 'tcp',
    WEB_FRONT_PORT_81_TCP_PORT: '81',
    WEB_FRONT_PORT_81_TCP_ADDR: '10.43.0.7',
  });
  const without = await envOf({}, { enableServiceLinks: false });
  expect(Object.keys(without).every((name) => name.startsWith('KUBERNETES_'))).toBe(true);
});

test('envFrom, then env; later wins; values refer to earlier ones', async () => {
  const env = await envOf({
    envFrom: [
      { configMapRef: { name: 'conf' } },
      { prefix: 'S_', secretRef: { name: 'pass' } },
      { configMapRef: { name: 'none', optional: true } },
    ],
    env: [
      { name: 'a', value: 'own' },
      { name: 'URL', value: 'http://$(WEB_FRONT_SERVICE_HOST)/$(a)/$(UNKNOWN)/$$(a)' },
      { name: 'EMPTY' },
    ],
  });
  expect(env).toMatchObject({
    a: 'own',
    b: '2',
    c: '3',
    S_word: 'sesame',
    URL: 'http://10.43.0.7/own/$(UNKNOWN)/$(a)',
    EMPTY: '',
  });
});

test.each([
  ['metadata.name', 'web'],
  ['metadata.namespace', 'shop'],
  ["metadata.labels['tier']", 'x'],
  ["metadata.annotations['a/b']", 'c'],
  ["metadata.labels['none']", ''],
  ['spec.nodeName', 'node-1'],
  ['spec.serviceAccountName', 'robot'],
  ['status.hostIP', '192.0.2.1'],
  ['status.podIP', '10.42.0.5'],
])('the field %s is %s', async (fieldPath, value) => {
  expect((await envOf({ env: [{ name: 'F', valueFrom: { fieldRef: { fieldPath } } }] })).F).toBe(value);
});

test.each([
  ['limits.cpu', undefined, '2'],
  ['limits.cpu', '1m', '1500'],
  ['limits.memory', undefined, String(8 * 2 ** 30)],
  ['requests.cpu', '1m', '1500'],
  ['requests.memory', '1Mi', '64'],
])('the resource %s with divisor %s is %s', async (resource, divisor, value) => {
  const resources = { limits: { cpu: '1500m' }, requests: { memory: '64Mi' } };
  expect(
    (await envOf({ resources, env: [{ name: 'R', valueFrom: { resourceFieldRef: { resource, divisor } } }] })).R,
  ).toBe(value);
});

test.each([
  [{ secretKeyRef: { name: 'none', key: 'a' } }, 'secret "none" not found'],
  [{ configMapKeyRef: { name: 'conf', key: 'z' } }, "couldn't find key z in ConfigMap shop/conf"],
])('what is missing is named: %j', async (valueFrom, message) => {
  await expect(envOf({ env: [{ name: 'X', valueFrom }] })).rejects.toThrow(message);
  const reference = Object.values(valueFrom)[0];
  const optional = { [Object.keys(valueFrom)[0] as string]: { ...reference, optional: true } };
  expect(await envOf({ env: [{ name: 'X', valueFrom: optional }] })).not.toHaveProperty('X');
});

test('a missing envFrom is named', async () => {
  await expect(envOf({ envFrom: [{ configMapRef: { name: 'none' } }] })).rejects.toThrow('configmap "none" not found');
});

test.each([
  ['plain', 'plain'],
  ['$(A)$(A)', '11'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$1'],
  ['$(B)', '$(B)'],
  ['$A $', '$A $'],
  ['$(A', '$(A'],
])('%s expands to %s', (text, expanded) => {
  expect(expand(text, new Map([['A', '1']]))).toBe(expanded);
});
