import { etcHosts, podHostname } from '../../../runtime/agent/spec/host-files';
import { objectRefs } from '../../../runtime/agent/spec/object-refs';
import { registryAuths } from '../../../runtime/agent/spec/registry-auth';
import { containerResources } from '../../../runtime/agent/spec/resources';
import { containerSecurity } from '../../../runtime/agent/spec/security';
import type { Container, Pod, PodSpec } from '../../../runtime/kube/generated/types';

const podOf = (container: Partial<Container>, spec: Partial<PodSpec> = {}): [Pod, Container] => {
  const app = { name: 'app', ...container };
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-0', namespace: 'shop', uid: 'u' },
      spec: { containers: [app], ...spec },
    },
    app,
  ];
};
const gib = 2 ** 30;

describe('resources', () => {
  test.each([
    ['nothing asked for', {}, { cpuShares: 2, cpuQuota: 0, memoryBytes: 0, oomScoreAdj: 1000 }],
    [
      'requests alone',
      { requests: { cpu: '500m', memory: '4Gi' } },
      { cpuShares: 512, cpuQuota: 0, memoryBytes: 0, oomScoreAdj: 750 },
    ],
    [
      'limits alone are requests too',
      { limits: { cpu: '2', memory: '1Gi' } },
      { cpuShares: 2048, cpuQuota: 200_000, memoryBytes: gib, oomScoreAdj: -997 },
    ],
    [
      'a tiny limit',
      { requests: { cpu: '1m' }, limits: { cpu: '1m' } },
      { cpuShares: 2, cpuQuota: 1000, memoryBytes: 0, oomScoreAdj: 999 },
    ],
    [
      'burstable with nearly all memory',
      { requests: { memory: '16Gi' } },
      { cpuShares: 2, cpuQuota: 0, memoryBytes: 0, oomScoreAdj: 3 },
    ],
  ])('%s', (_name, resources, expected) => {
    expect(containerResources(...podOf({ resources }), 16 * gib)).toEqual(expected);
  });
});

describe('security', () => {
  const security = (container: Partial<Container>, spec: Partial<PodSpec> = {}, user = '') =>
    containerSecurity(...podOf(container, spec), { user });

  test('the container wins over the pod; fsGroup is a group of every container', () => {
    const securityContext = { runAsUser: 1, runAsGroup: 2, supplementalGroups: [7, 9], fsGroup: 9 };
    expect(security({ securityContext: { runAsUser: 5 } }, { securityContext })).toMatchObject({
      user: '5:2',
      supplementalGroups: [7, 9],
    });
    expect(security({}, { securityContext: { runAsGroup: 4 } }, 'app:app').user).toBe('app:4');
  });

  test('profiles, capabilities and flags', () => {
    const securityContext = {
      privileged: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' },
    };
    expect(security({ securityContext })).toMatchObject({
      privileged: true,
      readOnlyRootFilesystem: true,
      noNewPrivileges: true,
      addCapabilities: ['NET_ADMIN'],
      dropCapabilities: ['ALL'],
      seccomp: 'unconfined',
      apparmor: 'mine',
    });
  });

  test.each([
    ['', undefined, 'image will run as root'],
    ['0', undefined, 'image will run as root'],
    ['000:5', undefined, 'image will run as root'],
    ['root', undefined, 'non-numeric user (root)'],
    ['+0', undefined, 'non-numeric user'],
    ['4294967296', undefined, 'non-numeric user'],
    ['1000', 0, 'runAsUser breaks non-root policy'],
  ])('runAsNonRoot refuses image user %j with runAsUser %s', (user, runAsUser, message) => {
    expect(() => security({ securityContext: { runAsNonRoot: true, runAsUser } }, {}, user)).toThrow(message);
  });

  test.each([
    ['1000', undefined],
    ['1000:0', undefined],
    ['root', 1000],
  ])('runAsNonRoot allows image user %j with runAsUser %s', (user, runAsUser) => {
    expect(() => security({ securityContext: { runAsNonRoot: true, runAsUser } }, {}, user)).not.toThrow();
  });
});

describe('names of the pod', () => {
  test('hosts file with subdomain and aliases', () => {
    const [pod] = podOf({}, { subdomain: 'db', hostAliases: [{ ip: '192.0.2.9', hostnames: ['a', 'b'] }] });
    const text = etcHosts(pod, '10.42.0.5', 'cluster.local');
    expect(text).toContain('127.0.0.1\tlocalhost\n');
    expect(text).toContain('10.42.0.5\tweb-0.db.shop.svc.cluster.local\tweb-0\n');
    expect(text).toContain('192.0.2.9\ta\tb\n');
  });

  test('a hostname is at most 63 characters and ends in a letter or digit', () => {
    const [pod] = podOf({});
    pod.metadata.name = `${'a'.repeat(61)}-.bcd`;
    expect(podHostname(pod)).toBe('a'.repeat(61));
    expect(podHostname(podOf({}, { hostname: 'given' })[0])).toBe('given');
  });
});

test('every ConfigMap and Secret that a pod refers to is found', () => {
  const [pod] = podOf(
    {
      envFrom: [{ configMapRef: { name: 'c1' } }, { secretRef: { name: 's1' } }],
      env: [
        { name: 'A', valueFrom: { secretKeyRef: { name: 's2', key: 'k' } } },
        { name: 'B', valueFrom: { configMapKeyRef: { name: 'c2', key: 'k' } } },
      ],
    },
    {
      initContainers: [{ name: 'init', envFrom: [{ configMapRef: { name: 'c3' } }] }],
      volumes: [
        { name: 'v1', configMap: { name: 'c4' } },
        { name: 'v2', secret: { secretName: 's3' } },
        { name: 'v3', projected: { sources: [{ configMap: { name: 'c5' } }, { secret: { name: 's4' } }] } },
      ],
      imagePullSecrets: [{ name: 's5' }],
    },
  );
  const names = (plural: string, prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${plural}/shop/${prefix}${i + 1}`);
  expect([...objectRefs(pod)].sort()).toEqual([...names('configmaps', 'c', 5), ...names('secrets', 's', 5)].sort());
});

test('registry credentials come from imagePullSecrets; what is missing or broken is left out', async () => {
  const config = {
    auths: {
      'https://index.docker.io/v1/': { auth: Buffer.from('me:pa:ss').toString('base64') },
      'r.example': { username: 'u', password: 'p' },
    },
  };
  const data: Record<string, string> = { good: JSON.stringify(config), bad: '{' };
  const [pod] = podOf({}, { imagePullSecrets: [{ name: 'none' }, { name: 'bad' }, { name: 'good' }] });
  const auths = await registryAuths(pod, {
    configMap: async () => undefined,
    secret: async (_namespace, name) =>
      data[name] === undefined
        ? undefined
        : {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name },
            data: { '.dockerconfigjson': Buffer.from(data[name]).toString('base64') },
          },
  });
  expect(auths).toEqual([
    { serverAddress: 'https://index.docker.io/v1/', username: 'me', password: 'pa:ss' },
    { serverAddress: 'r.example', username: 'u', password: 'p' },
  ]);
});
