import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeKubeconfig } from '../../runtime/client/kubeconfig';
import { issueKeyPair } from '../../runtime/pki/issue';
import { systemClock } from '../../runtime/util/clock';
import { kubeClients } from '../../tools/kube-clients';
import { type ControlPlane, controlPlane } from '../controllers/control-plane';

let plane: ControlPlane;
let folder: string;

beforeAll(async () => {
  plane = await controlPlane(systemClock);
  const { port } = await plane.api.listen(0, '127.0.0.1');
  const names = { commonName: 'admin', organizations: ['system:masters'] };
  const pair = await issueKeyPair(plane.ca, { ...names, usages: ['client'], validSeconds: 3600 }, Date.now());
  folder = await mkdtemp(join(tmpdir(), 'orlop-clients-'));
  const identity = { server: `https://127.0.0.1:${port}`, ca: plane.ca.cert, ...pair };
  await writeKubeconfig(join(folder, 'kubeconfig'), identity);
});
afterAll(async () => {
  await plane.stop();
  await rm(folder, { recursive: true, force: true });
});

function run(program: string, argv: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  return new Promise((resolve, reject) =>
    execFile(program, argv, { env, timeout: 60_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program} ${argv.join(' ')}: ${stderr}${stdout}`)) : resolve(stdout + stderr),
    ),
  );
}

const manifest = (name: string, replicas: number, image = 'web:1') => `
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: ${name}, labels: { app: ${name} } }
    data: { replicas: "${replicas}" }
  - apiVersion: apps/v1
    kind: Deployment
    metadata: { name: ${name}, labels: { app: ${name} } }
    spec:
      replicas: ${replicas}
      selector: { matchLabels: { app: ${name} } }
      template:
        metadata: { labels: { app: ${name} } }
        spec: { containers: [{ name: main, image: "${image}", ports: [{ containerPort: 80 }] }] }
`;

describe.each([35, 32] as const)('kubectl 1.%i', (minor) => {
  const name = `web-${minor}`;
  let program: string;
  const kubectl = (...argv: string[]) => run(program, argv);
  const file = async (text: string) => {
    const path = join(folder, `${name}.yaml`);
    await writeFile(path, text);
    return path;
  };

  beforeAll(async () => {
    program = (await kubeClients(minor)).kubectl;
  });

  it('is of that version, and finds ours', async () => {
    const { clientVersion, serverVersion } = JSON.parse(
      // On the last line, a word on skew.
      (await kubectl('version', '-o', 'json')).replace(/}[^}]*$/, '}'),
    );
    expect(clientVersion.minor).toBe(String(minor));
    expect(serverVersion.minor).toMatch(/^\d+$/);
    expect(await kubectl('api-resources', '-o', 'name')).toContain('deployments.apps');
    expect(await kubectl('explain', 'deployment.spec.replicas')).toContain('integer');
  });

  it('applies a list, again without a change, and from the server’s side afterwards', async () => {
    const path = await file(manifest(name, 0));
    expect(await kubectl('apply', '-f', path)).toContain(`deployment.apps/${name} created`);
    expect(await kubectl('apply', '-f', path)).toContain(`deployment.apps/${name} unchanged`);
    expect(await kubectl('diff', '-f', path)).toBe('');
    await file(manifest(name, 0, 'web:2'));
    // Migration: what client-side apply set is taken over without a conflict.
    expect(await kubectl('apply', '--server-side', '-f', path)).toContain('serverside-applied');
    const managers = await kubectl(
      'get',
      'deployment',
      name,
      '-o',
      'jsonpath={.metadata.managedFields[*].manager}',
      '--show-managed-fields',
    );
    expect(managers.split(' ')).toContain('kubectl');
    expect(managers).not.toContain('kubectl-client-side-apply');
    await file(manifest(name, 0, 'web:3'));
    await expect(kubectl('apply', '--server-side', '--field-manager=other', '-f', path)).rejects.toThrow(
      /conflict with "kubectl"/,
    );
    expect(await kubectl('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', path)).toContain(
      'applied',
    );
  });

  it('gets tables in chunks, patches, labels, scales and deletes', async () => {
    for (const i of [1, 2, 3]) await kubectl('create', 'configmap', `${name}-${i}`, '--from-literal=a=b');
    const rows = (await kubectl('get', 'configmaps', '--chunk-size=1', '--no-headers'))
      .split('\n')
      .filter((row) => row.startsWith(`${name}-`));
    expect(rows.map((row) => row.split(/\s+/).slice(0, 2))).toEqual([1, 2, 3].map((i) => [`${name}-${i}`, '1']));
    await kubectl(
      'patch',
      'configmap',
      `${name}-1`,
      '--type=json',
      '-p',
      '[{"op":"test","path":"/data/a","value":"b"},{"op":"move","from":"/data/a","path":"/data/c"}]',
    );
    await kubectl(
      'patch',
      'deployment',
      name,
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}',
    );
    await kubectl('label', 'configmap', `${name}-1`, `of=${name}`);
    expect(await kubectl('get', 'configmap', '-l', `of=${name}`, '-o', 'jsonpath={.items[*].data}')).toBe('{"c":"b"}');
    const images = await kubectl('get', 'deployment', name, '-o', 'jsonpath={.spec.template.spec.containers[*].image}');
    expect(images.split(' ').sort()).toEqual(['side:1', 'web:3']);
    expect(await kubectl('scale', 'deployment', name, '--replicas=0')).toContain('scaled');
    await expect(
      kubectl(
        'create',
        '--validate=strict',
        '-f',
        await file(manifest(`${name}-bad`, 1).replace('replicas: 1', 'replicaz: 1')),
      ),
    ).rejects.toThrow(/unknown field "replicaz" in io.k8s.api.apps.v1.DeploymentSpec/);
    expect(await kubectl('delete', 'deployment,configmap', '-l', `app=${name}`, '--wait')).toContain('deleted');
    expect(await kubectl('get', 'deployment', name, '--ignore-not-found')).toBe('');
  });
});

// It is an ES module, which a test cannot load itself.
const informer = `
import * as k8s from '@kubernetes/client-node';
const config = new k8s.KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);
const core = config.makeApiClient(k8s.CoreV1Api);
const namespace = 'default';
const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informed' });
const seen = [];
const informer = k8s.makeInformer(config, '/api/v1/namespaces/default/configmaps', list, 'informed');
const done = new Promise((resolve, reject) => {
  informer.on('add', (object) => seen.push('add ' + object.metadata.name));
  informer.on('update', (object) => seen.push('update ' + object.data.k));
  informer.on('delete', (object) => { seen.push('delete ' + object.metadata.name); resolve(); });
  informer.on('error', reject);
});
const body = (name, k) => ({ metadata: { name, labels: { informed: 'yes' } }, data: { k } });
await core.createNamespacedConfigMap({ namespace, body: body('first', '1') });
await informer.start();
await core.createNamespacedConfigMap({ namespace, body: body('second', '1') });
await core.replaceNamespacedConfigMap({ namespace, name: 'second', body: body('second', '2') });
await core.deleteNamespacedConfigMap({ namespace, name: 'second' });
await done;
await informer.stop();
console.log(JSON.stringify(seen));
process.exit(0);
`;

it('an informer of @kubernetes/client-node sees what is there and what comes after', async () => {
  const script = join(__dirname, '..', '..', 'node_modules', '.cache', `informer-${process.pid}.mjs`);
  await mkdir(dirname(script), { recursive: true });
  await writeFile(script, informer);
  try {
    const seen = JSON.parse((await run(process.execPath, [script])).trim().split('\n').at(-1) ?? '');
    expect(seen).toEqual(['add first', 'add second', 'update 2', 'delete second']);
  } finally {
    await rm(script, { force: true });
  }
});
