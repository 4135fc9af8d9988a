import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeClients } from '../../tools/kube-clients';
import { type CommandResult, command } from './support/project';
import { shared } from './support/shared';
import { eventually } from './support/wait';

const namespace = 'kubectl-test';
const folder = join(shared.folder, 'kubectl-test');
let image: string;

const run = (...args: string[]) => shared.kubectl(['--namespace', namespace, ...args]);
const kube = (...args: string[]) => shared.kube('--namespace', namespace, ...args);

function file(name: string, content: object | string): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const deployment = (name: string, value = '1', replicas = 2) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image,
            ports: [{ containerPort: 8080 }],
            env: [{ name: 'VALUE', value }],
            readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});

const rolledOut = (name: string) => kube('rollout', 'status', `deployment/${name}`, '--timeout=60s');
const says = (result: CommandResult, code: number, words: RegExp) => {
  expect({ code: result.code, text: result.stdout + result.stderr }).toEqual({
    code,
    text: expect.stringMatching(words),
  });
};

jest.setTimeout(120_000);

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  image = await shared.kube('get', 'deployment/web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
  await shared.kube('create', 'namespace', namespace);
  await kube('apply', '-f', file('app.json', deployment('app')));
  await kube(
    'run',
    'talker',
    `--image=${image}`,
    '--labels=app=talker',
    '--command',
    '--',
    'sh',
    '-c',
    'echo first; for i in 1 2 3; do echo line $i; done; while [ ! -e /tmp/end ]; do sleep 0.1; done',
  );
  await rolledOut('app');
  await kube('wait', 'pod/talker', '--for=condition=Ready', '--timeout=30s');
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await shared.kubectl(['delete', 'namespace', namespace, '--timeout=60s']);
});

describe('reading', () => {
  it('prints objects in every form', async () => {
    expect(await kube('get', 'nodes,pods', '-o', 'wide')).toMatch(
      /INTERNAL-IP[\s\S]*node\/agent-1 +Ready[\s\S]*pod\/app-/,
    );
    expect(await kube('get', 'pods', '-l', 'app=app', '-o', 'yaml')).toContain('kind: List');
    expect(JSON.parse(await kube('get', 'pods', '-o', 'json')).items).toHaveLength(3);
    expect(await kube('get', 'pod/talker', '-o', 'jsonpath={.spec.containers[*].name}')).toBe('talker');
    expect(
      await kube('get', 'pods', '-l', 'app=talker', '-o', 'custom-columns=N:.metadata.name,P:.status.phase'),
    ).toMatch(/N +P\ntalker +Running/);
    expect(await kube('get', 'pods', '-l', 'app!=app', '--show-labels')).toMatch(/talker .*app=talker/);
    const names = (
      await kube('get', 'pods', '--field-selector=status.phase=Running', '-o', 'name', '--sort-by=.metadata.name')
    )
      .trim()
      .split('\n');
    expect(names).toEqual([...names].sort());
    expect(names).toContain('pod/talker');
    expect(await kube('get', 'pods', '-A')).toMatch(/default +web-[\s\S]*kubectl-test +talker/);
    expect(await kube('get', 'all')).toMatch(/pod\/app[\s\S]*deployment\.apps\/app +2\/2[\s\S]*replicaset\.apps\/app/);
    expect(await kube('events')).toContain('Started container talker');
    expect(await kube('get', 'events', '--field-selector', 'reason=Scheduled,involvedObject.name=talker')).toContain(
      'Successfully assigned kubectl-test/talker',
    );
  });

  it('describes every kind that is served', async () => {
    const kinds = (await kube('api-resources', '--verbs=list', '-o', 'name')).trim().split('\n');
    expect(kinds.length).toBeGreaterThan(30);
    // kubectl describes ServiceCIDRs by a beta version, which is not served.
    const described = kinds.filter((kind) => !kind.startsWith('servicecidrs.'));
    for (const kind of described) says(await run('describe', kind), 0, /Name:|^No resources found/);
    says(await run('describe', 'pod/talker'), 0, /Node: +agent-\d[\s\S]*State: +Running[\s\S]*Events:[\s\S]*Started/);
    says(
      await run('describe', 'deployment/app'),
      0,
      /2 desired \| 2 updated \| 2 total \| 2 available[\s\S]*ScalingReplicaSet/,
    );
    says(await run('describe', 'node/agent-1'), 0, /Allocated resources:[\s\S]*cpu[\s\S]*memory/);
  });

  it('tells what the API serves', async () => {
    expect((await kube('api-versions')).split('\n')).toEqual(
      expect.arrayContaining(['v1', 'apps/v1', 'discovery.k8s.io/v1']),
    );
    expect(await kube('cluster-info')).toContain('control plane');
    expect(await kube('version')).toMatch(/Server Version: v1\.\d+/);
    expect(await kube('explain', 'pod.spec.containers.livenessProbe.httpGet.port')).toContain('<IntOrString>');
    expect(await kube('explain', 'deployment.spec', '--recursive')).toMatch(/maxSurge\t<IntOrString>/);
  });

  it('works with a kubectl three versions older', async () => {
    const old = '/usr/bin/kubectl';
    if (!existsSync(old)) return;
    const { stdout } = await command(old, [
      '--kubeconfig',
      await shared.kubeconfig(),
      '-n',
      namespace,
      'get',
      'pods,deployments',
    ]);
    expect(stdout).toMatch(/pod\/talker[\s\S]*deployment.apps\/app/);
  });

  it('watches', async () => {
    const { kubectl } = await kubeClients();
    const watch = spawn(kubectl, [
      '--kubeconfig',
      await shared.kubeconfig(),
      '-n',
      namespace,
      'get',
      'configmaps',
      '-w',
    ]);
    let seen = '';
    watch.stdout.on('data', (chunk) => (seen += chunk));
    await eventually('the first list', async () => seen.includes('kube-root-ca.crt'));
    await kube('create', 'configmap', 'watched');
    await eventually('the event', async () => /watched +0/.test(seen));
    watch.kill();
  });
});

describe('in a container', () => {
  it('reads logs, also those before a restart', async () => {
    expect(await kube('logs', 'talker')).toBe('first\nline 1\nline 2\nline 3\n');
    expect(await kube('logs', 'talker', '--tail=1', '--timestamps')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line 3\n$/);
    await eventually('no line of the last second', async () => (await kube('logs', 'talker', '--since=1s')) === '');
    expect(await kube('logs', 'deployment/app', '--tail=1')).toContain('listening on 8080');
    expect(await kube('logs', '-l', 'app=app', '--prefix')).toMatch(/(\[pod\/app-\S+\/main\] listening on 8080\n){2}/);
    says(
      await run('logs', 'talker', '--previous'),
      1,
      /previous terminated container "talker" in pod "talker" not found/,
    );
    says(await run('logs', 'nobody'), 1, /pods "nobody" not found/);

    const { kubectl } = await kubeClients();
    const follow = spawn(kubectl, ['--kubeconfig', await shared.kubeconfig(), '-n', namespace, 'logs', '-f', 'talker']);
    let followed = '';
    follow.stdout.on('data', (chunk) => (followed += chunk));
    const ended = new Promise((resolve) => follow.once('exit', resolve));
    await eventually('the log so far', async () => followed.includes('line 3'));
    await kube('exec', 'talker', '--', 'sh', '-c', 'echo afterwards >/proc/1/fd/1; touch /tmp/end').catch(() => '');
    expect(await ended).toBe(0);
    expect(followed).toMatch(/line 3\nafterwards\n$/);
    await eventually('the new container', async () => (await run('logs', 'talker')).stdout.includes('line 3'));
    // Until the end has been noticed, the log is still that of the container that ended.
    const previous = async () => (await run('logs', 'talker', '--previous')).stdout.includes('afterwards');
    await eventually('the log before the restart', previous);
  });

  it('runs commands', async () => {
    const result = await run('exec', 'deployment/app', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ code: 3, stdout: 'out\n', stderr: expect.stringContaining('err\n') });
    const piped = await shared.kubectl(
      ['-n', namespace, 'exec', '-i', 'deployment/app', '--', 'cat'],
      'through and back\n',
    );
    expect(piped.stdout).toBe('through and back\n');
    says(await run('exec', 'deployment/app', '--', '/no/such/command'), 126, /no such file or directory/);
    says(await run('exec', 'deployment/app', '-c', 'none', '--', 'true'), 1, /container none is not valid for pod app/);
    const { kubectl } = await kubeClients();
    // A terminal has no size until the client has told it.
    const remote = 'until stty size 2>/dev/null | grep -q " 77"; do sleep 0.1; done; stty size; exit 4';
    const line = `stty cols 77 rows 33; ${kubectl} --kubeconfig ${await shared.kubeconfig()} -n ${namespace} exec -it deployment/app -- sh -c '${remote}'`;
    const tty = await command('script', ['-qec', line, '/dev/null']);
    expect(tty.stdout).toContain('33 77');
    expect(tty.code).toBe(4);
  });

  it('copies files both ways', async () => {
    const [pod] = (await kube('get', 'pods', '-l', 'app=app', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    // More than one frame of the stream.
    const content = 'some content, '.repeat(100_000);
    await kube('cp', file('big', content), `${pod}:/tmp/big`);
    await kube('cp', `${pod}:/tmp/big`, join(folder, 'back'));
    expect(readFileSync(join(folder, 'back'), 'utf8') === content).toBe(true);
  });

  it('says what is not served', async () => {
    says(await run('attach', 'talker'), 1, /could not find the requested resource/);
    says(await run('port-forward', 'talker', '19999:1'), 1, /could not find the requested resource/);
    says(await run('debug', 'talker', '--image=x'), 0, /Warning: .*nodes do not start ephemeral containers/);
    says(await run('get', 'podsecuritypolicies'), 1, /doesn't have a resource type "podsecuritypolicies"/);
  });
});

describe('writing', () => {
  it('applies, shows differences, and rolls out and back', async () => {
    const rollout = (...args: string[]) => kube('rollout', ...args);
    await kube('apply', '-f', file('roll.json', deployment('roll', 'one')));
    await rolledOut('roll');
    const changed = file('roll.json', deployment('roll', 'two'));
    says(await run('diff', '-f', changed), 1, /-.*value: one[\s\S]*\+.*value: two/);
    expect(await kube('apply', '-f', changed)).toContain('configured');
    expect(await rolledOut('roll')).toContain('successfully rolled out');
    says(await run('diff', '-f', changed), 0, /^$/);
    expect(await kube('apply', '-f', changed)).toContain('unchanged');
    expect(await rollout('history', 'deployment/roll')).toMatch(/1 .*\n2 /);
    expect(await rollout('history', 'deployment/roll', '--revision=1')).toMatch(/VALUE:\tone/);
    const value = () =>
      kube('get', 'deployment/roll', '-o', 'jsonpath={.spec.template.spec.containers[0].env[0].value}');
    await rollout('undo', 'deployment/roll');
    expect(await value()).toBe('one');
    await rolledOut('roll');
    await rollout('pause', 'deployment/roll');
    await kube('set', 'image', 'deployment/roll', 'main=none:none');
    await kube('set', 'env', 'deployment/roll', 'VALUE=three', 'MORE=x');
    expect((await kube('get', 'replicasets', '-l', 'app=roll', '-o', 'name')).trim().split('\n')).toHaveLength(2);
    await rollout('resume', 'deployment/roll');
    says(await run('rollout', 'status', 'deployment/roll', '--timeout=3s'), 1, /timed out waiting/);
    await eventually('the reason', async () =>
      /ErrImagePull|ImagePullBackOff/.test(await kube('get', 'pods', '-l', 'app=roll')),
    );
    await rollout('undo', 'deployment/roll', '--to-revision=2');
    await rolledOut('roll');
    expect(await value()).toBe('two');
    await rollout('restart', 'deployment/roll');
    await kube('set', 'resources', 'deployment/roll', '--limits=memory=100Mi');
    await rolledOut('roll');
    await kube('delete', 'deployment/roll', '--cascade=foreground');
    expect(await kube('get', 'pods,replicasets', '-l', 'app=roll', '-o', 'name')).toBe('');
  });

  it('applies on the server, with conflicts', async () => {
    const given = (value: string) =>
      file('ssa.json', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ssa' }, data: { key: value } });
    expect(await kube('apply', '--server-side', '-f', given('a'))).toContain('serverside-applied');
    await kube('patch', 'configmap/ssa', '-p', '{"data":{"key":"b"}}');
    const apply = ['apply', '--server-side', '-f', given('c')];
    says(await run(...apply), 1, /conflict with "kubectl-patch" using v1: \.data\.key/);
    await kube(...apply, '--force-conflicts');
    expect(await kube('get', 'configmap/ssa', '-o', 'jsonpath={.data.key}')).toBe('c');
    says(await run('apply', '--dry-run=server', '--server-side', '-f', given('d')), 0, /server dry run/);
    expect(await kube('get', 'configmap/ssa', '-o', 'jsonpath={.data.key}')).toBe('c');
  });

  it('applies a list, and what it read itself', async () => {
    const list = file('list.json', {
      apiVersion: 'v1',
      kind: 'List',
      items: ['l1', 'l2'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })),
    });
    expect(await kube('apply', '-f', list)).toMatch(/l1 created\nconfigmap\/l2 created/);
    const read = file('read.yaml', await kube('get', 'configmaps', 'l1', 'l2', '-o', 'yaml'));
    expect(await kube('apply', '-f', read)).toMatch(/l1 configured\nconfigmap\/l2 configured/);
    expect(await kube('delete', '-f', list)).toContain('"l2" deleted');
  });

  it('patches, labels, annotates, edits, replaces and scales', async () => {
    await kube('apply', '-f', file('some.json', deployment('some', '1', 1)));
    const some = 'deployment/some';
    const at = (path: string) => kube('get', some, '-o', `jsonpath={${path}}`);
    await kube('label', some, 'color=blue');
    says(await run('label', some, 'color=red'), 1, /already has a value/);
    await kube('label', some, 'color=red', '--overwrite');
    expect(await at('.metadata.labels.color')).toBe('red');
    await kube('label', some, 'color-');
    await kube('annotate', some, 'note=yes');
    await kube(
      'patch',
      some,
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"S","value":"1"}]}]}}}}',
    );
    expect(await at('.spec.template.spec.containers[0].env[*].name')).toBe('S VALUE');
    await kube('patch', some, '--type=merge', '-p', '{"metadata":{"annotations":{"note":null,"other":"1"}}}');
    expect(await at('.metadata.annotations.note')).toBe('');
    await kube('patch', some, '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":0}]');
    await kube('patch', some, '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":2}}');
    expect(await at('.spec.replicas')).toBe('2');
    says(await run('scale', some, '--replicas=1', '--current-replicas=7'), 1, /Expected replicas to be 7, was 2/);
    await kube('scale', some, '--replicas=1');
    await eventually('the scale', async () => (await at('.status.replicas')) === '1');
    const { kubectl } = await kubeClients();
    const edited = await command(kubectl, ['--kubeconfig', await shared.kubeconfig(), '-n', namespace, 'edit', some], {
      env: { EDITOR: "sed -i 's/replicas: 1/replicas: 0/'" },
    });
    says(edited, 0, /edited/);
    await eventually('the scale', async () => (await at('.status.replicas')) === '');
    const current = JSON.parse(await kube('get', some, '-o', 'json'));
    await kube('annotate', some, 'other=2', '--overwrite');
    says(await run('replace', '-f', file('stale.json', current)), 1, /the object has been modified/);
    delete current.metadata.resourceVersion;
    await kube('replace', '-f', file('fresh.json', current));
    expect(await at('.metadata.annotations.other')).toBe('1');
    await kube('delete', some);
  });

  it('creates by words, and waits', async () => {
    await kube('create', 'configmap', 'words', '--from-literal=a=b');
    says(await run('create', 'configmap', 'words'), 1, /configmaps "words" already exists/);
    await kube('create', 'secret', 'generic', 'words', '--from-literal=a=b');
    await kube('create', 'serviceaccount', 'words');
    await kube('create', 'service', 'clusterip', 'words', '--tcp=80:8080');
    await kube('expose', 'deployment/app', '--port=80', '--target-port=8080');
    await kube('wait', 'service/app', '--for=jsonpath={.spec.ports[0].port}=80', '--timeout=10s');
    await kube('wait', 'pods', '-l', 'app=app', '--for=condition=Ready', '--timeout=10s');
    says(await run('wait', 'deployment/app', '--for=condition=Nope', '--timeout=1s'), 1, /timed out waiting/);
    // Without attach kubectl falls back to the log; what ends at once may be gone before it asks.
    const once = ['sh', '-c', 'echo hi; sleep 2'];
    says(
      await run('run', 'once', '--rm', '-i', `--image=${image}`, '--restart=Never', '--command', '--', ...once),
      0,
      /hi\n/,
    );
    says(await run('create', '-f', file('bad.json', { ...deployment('Bad_'), spek: 1 })), 1, /unknown field "spek"/);
    says(await run('create', '-f', file('bad.json', deployment('Bad_'))), 1, /metadata.name: Invalid value: "Bad_"/);
  });

  it('deletes with what belongs to it, or without', async () => {
    await Promise.all(['kept', 'gone'].map((name) => kube('create', 'deployment', name, `--image=${image}`)));
    await Promise.all(['kept', 'gone'].map(rolledOut));
    await kube('delete', 'deployment/kept', '--cascade=orphan');
    expect(await kube('get', 'pods', '-l', 'app=kept', '-o', 'name')).toMatch(/^pod\/kept/);
    const waiting = kube('wait', 'pods', '-l', 'app=gone', '--for=delete', '--timeout=60s');
    await kube('delete', 'deployment/gone', '--cascade=background', '--wait=false');
    expect(await waiting).toContain('condition met');
    says(await run('delete', 'pods', '-l', 'app=kept', '--grace-period=0', '--force'), 0, /force deleted/);
    await eventually('a pod in its place', async () =>
      (await kube('get', 'pods', '-l', 'app=kept')).includes('Running'),
    );
    await kube('delete', 'replicasets', '-l', 'app=kept');
    says(await run('delete', 'deployment/kept'), 1, /deployments.apps "kept" not found/);
  });
});

describe('nodes', () => {
  const on = (node: string) =>
    kube('get', 'pods', '-l', 'app=app', '--field-selector', `spec.nodeName=${node}`, '-o', 'name');
  const node = 'agent-2';

  afterEach(async () => {
    await shared.kubectl(['uncordon', node]);
    await shared.kubectl(['taint', 'node', node, 'away:NoExecute-']);
  });

  it('are drained, their pods run elsewhere', async () => {
    await eventually('a pod to move', async () => {
      if (await on(node)) return true;
      await kube('delete', 'pods', '-l', 'app=app');
      await rolledOut('app');
      return (await on(node)) !== '';
    });
    await kube('cordon', node);
    expect(await kube('get', 'node', node)).toContain('Ready,SchedulingDisabled');
    await kube('run', 'alone', `--image=${image}`, `--overrides={"spec":{"nodeName":"${node}"}}`);
    says(await run('drain', node, '--timeout=60s'), 1, /declare no controller.*kubectl-test\/alone/);
    says(await run('drain', node, '--force', '--timeout=60s'), 0, /node\/agent-2 drained/);
    expect(await on(node)).toBe('');
    await rolledOut('app');
    await kube('uncordon', node);
  });

  it('are tainted, and pods that do not bear it leave', async () => {
    await kube(
      'apply',
      '-f',
      file('pinned.json', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'pinned' },
        spec: { nodeName: node, terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image }] },
      }),
    );
    await kube('wait', 'pod/pinned', '--for=condition=Ready', '--timeout=30s');
    await kube('taint', 'node', node, 'away=yes:NoExecute');
    await kube('wait', 'pod/pinned', '--for=delete', '--timeout=30s');
    await kube('taint', 'node', node, 'away-');
  });
});
