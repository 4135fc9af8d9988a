import type { Pod } from '../../runtime/kube/generated/types';
import { command } from './support/project';
import { shared } from './support/shared';
import { eventually } from './support/wait';

const namespace = 'pod-features';
const inNamespace = ['--namespace', namespace];
let image: string;

const kube = (...args: string[]) => shared.kube(...inNamespace, ...args);
const getPod = async (name: string) => JSON.parse(await kube('get', 'pod', name, '-o', 'json')) as Pod;

async function apply(...objects: object[]): Promise<void> {
  const result = await shared.kubectl(
    [...inNamespace, 'apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
  if (result.code !== 0) throw new Error(result.stderr);
}

type Spec = Partial<NonNullable<Pod['spec']>>;
type Container = Partial<NonNullable<Pod['spec']>['containers'][number]>;

/** A pod of one container that runs this shell script. */
function pod(
  name: string,
  script: string | undefined,
  container: Container = {},
  spec: Spec = {},
  labels = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { name, ...labels } },
    spec: {
      terminationGracePeriodSeconds: 2,
      restartPolicy: 'Never',
      ...spec,
      containers: [{ name: 'main', image, ...(script ? { command: ['sh', '-c', script] } : {}), ...container }],
    },
  };
}

const configMap = (name: string, data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
const asRoot = { securityContext: { runAsUser: 0 } };
const forever = 'exec sleep 100000';

/** Waits until the pod has ended well, and returns what it said. */
async function outputOf(name: string): Promise<string> {
  await eventually(`pod ${name} ends`, async () => {
    const { status } = await getPod(name);
    if (status?.phase === 'Failed') throw new Error(`pod ${name} failed: ${await kube('logs', name)}`);
    return status?.phase === 'Succeeded';
  });
  return kube('logs', name);
}

const ready = (name: string) => kube('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s');
const statusOf = async (name: string) => (await getPod(name)).status?.containerStatuses?.[0];

/** What a pod is answered to a GET. */
const get = (from: string, url: string) =>
  kube(
    'exec',
    from,
    '--',
    'node',
    '-e',
    `require('http').get('${url}',{timeout:5000},r=>r.pipe(process.stdout)).on('error',e=>{console.error(e.message);process.exit(1)})`,
  );

const dns = (from: string, expression: string) =>
  kube(
    'exec',
    from,
    '--',
    'node',
    '-e',
    `const d=require('dns').promises;(${expression}).then(a=>console.log(JSON.stringify(a)),e=>console.log(e.code))`,
  ).then((text) => JSON.parse(text.startsWith('E') ? `"${text.trim()}"` : text) as unknown);

const onNode = (script: string) => command('docker', ['exec', `${shared.stack}-agent-1`, 'sh', '-c', script]);

beforeAll(async () => {
  await onNode('rm -rf /tmp/orlop-e2e-hooks');
  image = (
    await shared.kube('get', 'deployment/web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')
  ).trim();
  await shared.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
  await shared.kube('create', 'namespace', namespace);
  await apply(
    configMap('settings', { color: 'blue', 'file.txt': 'from a config map' }),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace }, stringData: { key: 's3cret' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'early', namespace },
      spec: { selector: { app: 'echo' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    },
  );
  // The agents hear of the Service before they start pods that find it in their environment.
  const nodes = ['agent-1', 'agent-2'];
  await apply(
    ...nodes.map((node) =>
      pod(`echo-${node}`, undefined, { ports: [{ containerPort: 8080 }] }, { nodeName: node }, { app: 'echo' }),
    ),
  );
  await Promise.all(nodes.map((node) => ready(`echo-${node}`)));
  // Everything else starts at once, and each test waits for its own.
  await apply(...pods());
}, 120_000);

afterAll(() => shared.kubectl(['delete', 'namespace', namespace, '--timeout=60s']));

function pods(): object[] {
  const scratch = { volumes: [{ name: 'scratch', emptyDir: {} }] };
  const scratchMount = { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };
  const quick = { periodSeconds: 1, timeoutSeconds: 2 };
  return [
    pod('always', 'exit 1', {}, { restartPolicy: 'Always' }),
    pod('on-failure', 'test -e /scratch/once || { touch /scratch/once; exit 1; }', scratchMount, {
      ...scratch,
      restartPolicy: 'OnFailure',
    }),
    pod('never', 'printf "what went wrong" >/dev/termination-log; exit 3'),
    pod('last-words', 'echo the last line; exit 4', { terminationMessagePolicy: 'FallbackToLogsOnError' }),
    pod('init', 'cat /scratch/log', scratchMount, {
      ...scratch,
      initContainers: ['first', 'second'].map((name) => ({
        name,
        image,
        command: ['sh', '-c', `echo ${name} >>/scratch/log`],
        ...scratchMount,
      })),
    }),
    pod('init-fails', 'true', {}, { initContainers: [{ name: 'first', image, command: ['sh', '-c', 'exit 9'] }] }),
    pod('oom', undefined, {
      command: ['node', '-e', 'const a=[];for(;;)a.push(Buffer.alloc(1e6,1))'],
      resources: { limits: { memory: '64Mi' } },
    }),
    pod('probe-http', undefined, {
      startupProbe: { httpGet: { path: '/healthz', port: 'http' as never }, ...quick, failureThreshold: 30 },
      readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, ...quick },
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, ...quick },
      ports: [{ name: 'http', containerPort: 8080 }],
    }),
    pod('probe-tcp', undefined, {
      startupProbe: { tcpSocket: { port: 8080 }, ...quick, failureThreshold: 30 },
      readinessProbe: { tcpSocket: { port: 8080 }, ...quick },
      livenessProbe: { tcpSocket: { port: 8080 }, ...quick },
    }),
    pod(
      'probe-exec',
      `touch /tmp/ready /tmp/alive; ${forever}`,
      {
        startupProbe: { exec: { command: ['test', '-e', '/tmp/alive'] }, ...quick },
        readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, ...quick },
        livenessProbe: { exec: { command: ['test', '-e', '/tmp/alive'] }, ...quick, failureThreshold: 2 },
      },
      { restartPolicy: 'Always', terminationGracePeriodSeconds: 1 },
    ),
    ...(['httpGet', 'tcpSocket'] as const).map((kind) =>
      pod(
        `dead-${kind.toLowerCase()}`,
        forever,
        {
          livenessProbe: {
            [kind]: { port: 8080, ...(kind === 'httpGet' ? { path: '/' } : {}) },
            ...quick,
            failureThreshold: 1,
          },
        },
        { restartPolicy: 'Always', terminationGracePeriodSeconds: 1 },
      ),
    ),
    pod(
      'never-starts',
      forever,
      {
        startupProbe: { exec: { command: ['false'] }, ...quick, failureThreshold: 1 },
      },
      { restartPolicy: 'Always', terminationGracePeriodSeconds: 1 },
    ),
    pod('environment', 'env', {
      resources: { requests: { cpu: '20m' }, limits: { memory: '32Mi' } },
      envFrom: [{ prefix: 'ALL_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
      env: [
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['name']" } } },
        { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
        { name: 'NONE', valueFrom: { secretKeyRef: { name: 'absent', key: 'key', optional: true } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
        { name: 'EXPANDED', value: '$(POD) is $(COLOR), $$(POD) $(UNKNOWN)' },
      ],
    }),
    pod('missing-key', 'true', {
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'absent' } } }],
    }),
    pod(
      'shared',
      'while [ ! -e /scratch/other ]; do sleep 0.1; done; cat /scratch/other; df /memory | tail -n 1',
      {
        volumeMounts: [
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'memory', mountPath: '/memory' },
        ],
      },
      {
        volumes: [
          { name: 'scratch', emptyDir: {} },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
      },
    ),
    pod(
      'volumes',
      forever,
      {
        volumeMounts: [
          { name: 'settings', mountPath: '/settings' },
          { name: 'keys', mountPath: '/keys', readOnly: true },
          { name: 'settings', mountPath: '/etc/one.txt', subPath: 'file.txt' },
          { name: 'info', mountPath: '/info' },
          { name: 'all', mountPath: '/all' },
          { name: 'some', mountPath: '/some' },
        ],
      },
      {
        volumes: [
          { name: 'settings', configMap: { name: 'settings' } },
          { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o440 } },
          {
            name: 'info',
            downwardAPI: {
              items: [
                { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
                { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
              ],
            },
          },
          {
            name: 'all',
            projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'keys' } }] },
          },
          { name: 'some', configMap: { name: 'settings', items: [{ key: 'color', path: 'deep/colour' }] } },
        ],
        securityContext: { fsGroup: 65534 },
      },
    ),
    pod(
      'late-volume',
      'cat /late/x',
      { volumeMounts: [{ name: 'late', mountPath: '/late' }] },
      {
        volumes: [{ name: 'late', configMap: { name: 'late' } }],
      },
    ),
    pod(
      'user',
      'id -u; id -g; touch /x || echo read-only; touch /scratch/x && stat -c %g /scratch/x; grep CapEff /proc/self/status',
      {
        ...scratchMount,
        securityContext: {
          runAsUser: 1234,
          runAsGroup: 2345,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
      { ...scratch, securityContext: { fsGroup: 3456 } },
    ),
    pod('capability', 'grep CapEff /proc/self/status', {
      securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
    }),
    pod('no-root', 'true', { securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
    pod('host-network', 'hostname', {}, { hostNetwork: true, nodeName: 'agent-1' }),
    pod(
      'hooks',
      `trap 'echo term >>/node/hooks; exit 0' TERM; touch /node/started; while :; do sleep 0.1; done`,
      {
        ...asRoot,
        volumeMounts: [{ name: 'node', mountPath: '/node' }],
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo post >>/node/hooks'] } },
          preStop: { exec: { command: ['sh', '-c', 'echo pre >>/node/hooks'] } },
        },
      },
      {
        nodeName: 'agent-1',
        terminationGracePeriodSeconds: 20,
        volumes: [{ name: 'node', hostPath: { path: '/tmp/orlop-e2e-hooks', type: 'DirectoryOrCreate' } }],
      },
    ),
    pod('stubborn', `trap '' TERM; while :; do sleep 0.1; done`, {}, { terminationGracePeriodSeconds: 1 }),
    pod('member', undefined, {}, { hostname: 'one', subdomain: 'club' }, { app: 'member' }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'club', namespace },
      spec: { clusterIP: 'None', selector: { app: 'member' }, ports: [{ name: 'http', port: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'alias', namespace },
      spec: { type: 'ExternalName', externalName: `early.${namespace}.svc.cluster.local` },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'sticky', namespace },
      spec: {
        type: 'NodePort',
        selector: { app: 'echo' },
        sessionAffinity: 'ClientIP',
        ports: [{ port: 80, targetPort: 8080 }],
      },
    },
  ];
}

jest.setTimeout(90_000);

describe('containers end', () => {
  it('and start again, later and later', async () => {
    const { value } = await eventually('a back-off', async () => {
      const status = await statusOf('always');
      return status?.state?.waiting?.reason === 'CrashLoopBackOff' && status;
    });
    expect(value.restartCount).toBeGreaterThanOrEqual(1);
    expect(value.state?.waiting?.message).toMatch(
      /^back-off \d+s restarting failed container=main pod=always_pod-features/,
    );
    expect(value.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    await eventually('a second start', async () => ((await statusOf('always'))?.restartCount ?? 0) >= 2);
  });

  it('once more after a failure, with OnFailure', async () => {
    await outputOf('on-failure');
    expect(await statusOf('on-failure')).toMatchObject({
      restartCount: 1,
      state: { terminated: { reason: 'Completed' } },
    });
  });

  it('for good with Never, and say why', async () => {
    await eventually('the end', async () => (await getPod('never')).status?.phase === 'Failed');
    await eventually('the end', async () => (await getPod('last-words')).status?.phase === 'Failed');
    expect((await statusOf('never'))?.state?.terminated).toMatchObject({ exitCode: 3, message: 'what went wrong' });
    expect((await statusOf('last-words'))?.state?.terminated).toMatchObject({
      exitCode: 4,
      message: 'the last line\n',
    });
  });

  it('when they use more memory than their limit', async () => {
    // The engine may tell of the end before it tells of its cause.
    const isTold = async () => (await statusOf('oom'))?.state?.terminated?.reason === 'OOMKilled';
    await eventually('the end and its cause', isTold);
    expect((await getPod('oom')).status?.phase).toBe('Failed');
    expect((await statusOf('oom'))?.state?.terminated).toMatchObject({ exitCode: 137 });
  });
});

describe('init containers', () => {
  it('run one after another before the others', async () => {
    expect(await outputOf('init')).toBe('first\nsecond\n');
  });

  it('fail the pod when one fails for good', async () => {
    await eventually('the end', async () => (await getPod('init-fails')).status?.phase === 'Failed');
    const { status } = await getPod('init-fails');
    expect(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(9);
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
  });
});

describe('probes', () => {
  it.each(['probe-http', 'probe-tcp', 'probe-exec'])('find a container ready: %s', async (name) => {
    await ready(name);
    expect(await statusOf(name)).toMatchObject({ started: true, ready: true, restartCount: 0 });
  });

  it('take a pod out of readiness and back', async () => {
    await ready('probe-exec');
    await kube('exec', 'probe-exec', '--', 'rm', '/tmp/ready');
    await kube('wait', 'pod/probe-exec', '--for=condition=Ready=False', '--timeout=20s');
    await kube('exec', 'probe-exec', '--', 'touch', '/tmp/ready');
    await ready('probe-exec');
    await kube('exec', 'probe-exec', '--', 'rm', '/tmp/alive');
    await eventually('a restart', async () => (await statusOf('probe-exec'))?.restartCount === 1);
  });

  it.each([
    ['dead-httpget', 'Liveness'],
    ['dead-tcpsocket', 'Liveness'],
    ['never-starts', 'Startup'],
  ])('start a dead container anew: %s', async (name, kind) => {
    await eventually('a restart', async () => ((await statusOf(name))?.restartCount ?? 0) >= 1);
    await eventually('an event', async () =>
      (await kube('get', 'events', '--field-selector', `involvedObject.name=${name}`)).includes(`${kind} probe failed`),
    );
  });
});

describe('environment', () => {
  it('comes from literals, fields, resources, config maps and secrets', async () => {
    const text = await outputOf('environment');
    const { status, spec } = await getPod('environment');
    const service = await kube('get', 'service/early', '-o', 'jsonpath={.spec.clusterIP}');
    const lines = text.split('\n');
    for (const line of [
      'POD=environment',
      `IP=${status?.podIP}`,
      `NODE=${spec?.nodeName}`,
      `HOST_IP=${status?.hostIP}`,
      'LABEL=environment',
      'COLOR=blue',
      'KEY=s3cret',
      'key=s3cret',
      'ALL_color=blue',
      'CPU=20',
      `MEMORY=${32 * 2 ** 20}`,
      'EXPANDED=environment is blue, $(POD) $(UNKNOWN)',
      `EARLY_SERVICE_HOST=${service}`,
      'EARLY_SERVICE_PORT_HTTP=80',
      `EARLY_PORT=tcp://${service}:80`,
      'KUBERNETES_SERVICE_HOST=10.43.0.1',
    ]) {
      expect(lines).toContain(line);
    }
    expect(text).not.toMatch(/^NONE=/m);
  });

  it('that is not there is said', async () => {
    const { value } = await eventually('the reason', async () => {
      const waiting = (await statusOf('missing-key'))?.state?.waiting;
      return waiting?.reason === 'CreateContainerConfigError' && waiting;
    });
    expect(value.message).toContain("couldn't find key absent in ConfigMap pod-features/settings");
  });
});

describe('volumes', () => {
  it('are shared between the containers of a pod, in memory where asked for', async () => {
    await ready('shared').catch(() => undefined);
    await kube('exec', 'shared', '--', 'sh', '-c', 'echo hello >/scratch/new; mv /scratch/new /scratch/other');
    expect(await outputOf('shared')).toMatch(/^hello\ntmpfs +1024 /);
  });

  it('carry config maps, secrets and fields, and follow their changes', async () => {
    await ready('volumes');
    const cat = (...files: string[]) => kube('exec', 'volumes', '--', 'cat', ...files);
    expect(
      await cat(
        '/settings/color',
        '/keys/key',
        '/etc/one.txt',
        '/info/name',
        '/all/color',
        '/all/key',
        '/some/deep/colour',
      ),
    ).toBe('blues3cretfrom a config mapvolumesblues3cretblue');
    expect(await cat('/info/labels')).toBe('name="volumes"');
    expect(await kube('exec', 'volumes', '--', 'stat', '-Lc', '%a %g', '/keys/key')).toBe('440 65534\n');
    await kube('patch', 'configmap/settings', '-p', '{"data":{"color":"green"}}');
    await kube('label', 'pod/volumes', 'more=yes');
    await eventually(
      'the new value',
      async () => (await cat('/settings/color', '/all/color', '/some/deep/colour')) === 'greengreengreen',
    );
    await eventually('the new label', async () => (await cat('/info/labels')).includes('more="yes"'));
  });

  it('are waited for', async () => {
    await eventually('an event', async () =>
      (await kube('get', 'events', '--field-selector', 'involvedObject.name=late-volume')).includes(
        'configmap "late" not found',
      ),
    );
    await apply(configMap('late', { x: 'here' }));
    expect(await outputOf('late-volume')).toBe('here');
  });
});

describe('security', () => {
  it('context holds in the container', async () => {
    const lines = (await outputOf('user')).split('\n');
    expect(lines.filter((line) => !line.startsWith('touch:'))).toEqual([
      '1234',
      '2345',
      'read-only',
      '3456',
      'CapEff:\t0000000000000000',
      '',
    ]);
    expect(await outputOf('capability')).toBe('CapEff:\t0000000000000400\n');
  });

  it('refuses root where it must not run', async () => {
    const { value } = await eventually('the reason', async () => {
      const waiting = (await statusOf('no-root'))?.state?.waiting;
      return waiting?.reason === 'CreateContainerConfigError' && waiting;
    });
    expect(value.message).toMatch(/container's runAsUser breaks non-root policy/);
  });
});

describe('lifecycle', () => {
  it('runs the hooks and gives the container its time', async () => {
    await ready('hooks');
    await eventually('the start', async () => (await onNode('test -e /tmp/orlop-e2e-hooks/started')).code === 0);
    await kube('delete', 'pod/hooks', '--wait');
    expect((await onNode('cat /tmp/orlop-e2e-hooks/hooks; rm -r /tmp/orlop-e2e-hooks')).stdout).toBe(
      'post\npre\nterm\n',
    );
  });

  it('ends a container that does not listen when its time is over', async () => {
    await ready('stubborn');
    await kube('delete', 'pod/stubborn', '--wait', '--timeout=20s');
  });
});

describe('network', () => {
  const near = 'echo-agent-1';
  const far = 'echo-agent-2';

  it('leads from pod to pod across nodes, and through a Service', async () => {
    const { status } = await getPod(far);
    expect(JSON.parse(await get(near, `http://${status?.podIP}:8080/`))).toMatchObject({ pod: far });
    const clusterIp = await kube('get', 'service/early', '-o', 'jsonpath={.spec.clusterIP}');
    const seen = new Set<string>();
    await eventually('both endpoints', async () => {
      seen.add((JSON.parse(await get(near, `http://${clusterIp}/`)) as { pod: string }).pod);
      return seen.size === 2;
    });
  });

  it('gives the host its own', async () => {
    expect(await outputOf('host-network')).toBe('agent-1\n');
    const { status } = await getPod('host-network');
    expect(status?.podIP).toBe(status?.hostIP);
  });

  it('answers names', async () => {
    const clusterIp = await kube('get', 'service/early', '-o', 'jsonpath={.spec.clusterIP}');
    const member = (await getPod('member')).status?.podIP;
    const suffix = `${namespace}.svc.cluster.local`;
    for (const name of ['early', `early.${namespace}`, `early.${suffix}`, 'alias']) {
      expect([name, await dns(near, `d.lookup('${name}')`)]).toEqual([name, { address: clusterIp, family: 4 }]);
    }
    expect(await dns(near, `d.resolve4('club.${suffix}')`)).toEqual([member]);
    expect(await dns(near, `d.resolve4('one.club.${suffix}')`)).toEqual([member]);
    expect(await dns(near, `d.resolveCname('alias.${suffix}')`)).toEqual([`early.${suffix}`]);
    expect(await dns(near, `d.resolveSrv('_http._tcp.early.${suffix}')`)).toEqual([
      expect.objectContaining({ port: 80, name: `early.${suffix}` }),
    ]);
    expect(await dns(near, `d.lookup('web.default')`)).toMatchObject({ family: 4 });
    expect(await dns(near, `d.lookup('kubernetes.default.svc')`)).toEqual({ address: '10.43.0.1', family: 4 });
    expect(await dns(near, `d.resolve4('nobody.${suffix}')`)).toBe('ENOTFOUND');
    expect((await kube('exec', 'member', '--', 'hostname')).trim()).toBe('one');
    expect(await kube('exec', 'member', '--', 'cat', '/etc/hosts')).toMatch(
      new RegExp(`${member}\\tone\\.club\\.${suffix}\\tone`),
    );
  });

  it('opens a NodePort on every node, and keeps a client at its endpoint', async () => {
    const port = await kube('get', 'service/sticky', '-o', 'jsonpath={.spec.ports[0].nodePort}');
    const addresses = (
      await shared.kube('get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}')
    ).split(' ');
    for (const address of addresses) {
      const pods: string[] = [];
      for (let i = 0; i < 4; i++)
        pods.push((JSON.parse(await get(near, `http://${address}:${port}/`)) as { pod: string }).pod);
      expect(new Set(pods).size).toBe(1);
    }
    const sticky = new Set<string>();
    for (let i = 0; i < 6; i++) sticky.add((JSON.parse(await get(far, 'http://sticky/')) as { pod: string }).pod);
    expect(sticky.size).toBe(1);
  });

  it('reaches the API by its Service, as its service account', async () => {
    const subject = { kind: 'ServiceAccount', name: 'default', namespace };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    await apply(
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'reader', namespace },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'reader', namespace },
        subjects: [subject],
        roleRef,
      },
    );
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    // As client libraries do inside a cluster: the address from the environment, all else from the files.
    const script = `
      const file = (name) => require('fs').readFileSync('${folder}/' + name, 'utf8');
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const headers = { authorization: 'Bearer ' + file('token'), 'content-type': 'application/json' };
      const ask = (method, path, at = host) => new Promise((resolve, reject) => {
        const options = { host: at, port, method, path, headers, ca: file('ca.crt'), timeout: 5000 };
        const request = require('https').request(options, (answer) => {
          let text = '';
          answer.on('data', (part) => (text += part)).on('end', () => resolve([answer.statusCode, JSON.parse(text)]));
        });
        request.on('error', reject).end(method === 'POST' ? '{}' : undefined);
      });
      const core = '/api/v1/namespaces/' + file('namespace');
      Promise.all([
        ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews'),
        ask('GET', core + '/configmaps/settings', 'kubernetes.default.svc'),
        ask('GET', core + '/secrets/keys'),
      ]).then((all) => console.log(JSON.stringify(all)));
    `;
    const [review, settings, keys] = JSON.parse(await kube('exec', near, '--', 'node', '-e', script));
    const { username, extra } = review[1].status.userInfo;
    expect([review[0], username]).toEqual([201, `system:serviceaccount:${namespace}:default`]);
    expect(extra['authentication.kubernetes.io/pod-name']).toEqual([near]);
    expect([settings[0], settings[1].metadata.name]).toEqual([200, 'settings']);
    expect(keys[0]).toBe(403);
    // In memory only, and not to be written to.
    const mount = await kube(
      'exec',
      near,
      '--',
      'sh',
      '-c',
      `grep ' ${folder} ' /proc/mounts; stat -Lc %a ${folder}/token`,
    );
    expect(mount).toMatch(/^tmpfs \S+ tmpfs ro\b.*\n644\n$/);
  });
});
