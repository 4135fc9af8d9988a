import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeManifest } from '../../runtime/provision/runtime-bundle';
import { command, Project, repository } from './support/project';
import { shared } from './support/shared';
import { eventually, observed } from './support/wait';

jest.setTimeout(240_000);

const flat = (text: string) => text.replace(/[\s│╷╵]+/g, ' ');
const agent = `${shared.stack}-agent-1`;
const name = 'extra';

/** A Deployment beside the shared one, with what a test varies of it. */
function extra(change: { image?: string; app?: string; replicas?: unknown; labels?: object; more?: object } = {}) {
  const labels = { app: change.app ?? name };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: change.labels },
    spec: {
      replicas: change.replicas ?? 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name, image: change.image ?? webImage(), ...change.more }],
        },
      },
    },
  });
}

/** The image that the shared stack carried to its nodes. */
function webImage(): string {
  const stack = JSON.parse(readFileSync(join(shared.stackFolder, 'cdk.tf.json'), 'utf8'));
  const [image] = Object.values(stack.resource.orlop_image) as [{ name: string }];
  return image.name;
}

const live = async (path: string) => (await shared.kube('get', 'deployment', 'web', '-o', `jsonpath=${path}`)).trim();

describe('a deployed stack', () => {
  it('has nothing to change, and a deploy says so in seconds', async () => {
    const started = performance.now();
    const deployed = await shared.deploy();
    expect({ ...deployed, output: undefined, steps: undefined }).toEqual(
      expect.objectContaining({ code: 0, added: 0, changed: 0, destroyed: 0 }),
    );
    observed('deploy with nothing to change', performance.now() - started);
  });

  it('has nothing to change right after a node container was restarted', async () => {
    await command('docker', ['restart', '-t', '5', agent]);
    const planned = await shared.plan();
    expect(planned.stdout).toContain('No changes.');
  });

  it('has text with ${ and %{ as it was written', async () => {
    expect(await live('{.spec.template.spec.containers[0].env[?(@.name=="LITERAL")].value}')).toBe(
      'cost: ${PRICE} %{ 5 }',
    );
  });
});

describe('what somebody changed beside Terraform', () => {
  it('shows field by field, and is put right; what is another owner’s is not touched', async () => {
    await shared.kube('scale', 'deployment', 'web', '--replicas=5');
    await shared.kube('set', 'image', 'deployment/web', 'web=elsewhere:1');
    await shared.kube('set', 'env', 'deployment/web', 'GREETING_FILE=/etc/elsewhere', 'DEBUG=1');
    await shared.kube('delete', 'configmap', 'greeting');
    await shared.kube(
      'patch',
      'deployment',
      'web',
      '--field-manager=another-controller',
      '-p={"metadata":{"annotations":{"example.com/theirs":"1"}},"spec":{"minReadySeconds":1}}',
    );
    const planned = await shared.plan();
    expect(planned.code).toBe(2);
    expect(planned.stdout).toMatch(/~ replicas\s+= 5 -> 3/);
    expect(planned.stdout).toMatch(/~ image\s+= "elsewhere:1" -> "e2e-web:/);
    expect(planned.stdout).toMatch(/~ value\s+= "\/etc\/elsewhere" -> "\/etc\/web\/greeting"/);
    expect(planned.stdout).toMatch(/- name\s+= "DEBUG"/);
    expect(planned.stdout).toContain('1 to add, 1 to change, 0 to destroy');
    expect(planned.stdout).not.toContain('theirs');
    expect(planned.stdout).not.toContain('minReadySeconds');

    const deployed = await shared.deploy();
    expect(deployed).toMatchObject({ code: 0, added: 1, changed: 1, destroyed: 0 });
    expect(await live('{.spec.replicas} {.spec.template.spec.containers[0].image} {.spec.minReadySeconds}')).toBe(
      `3 ${webImage()} 1`,
    );
    expect(await live('{.spec.template.spec.containers[0].env[*].name}')).toBe('GREETING_FILE LITERAL');
    expect(await shared.kube('get', 'configmap', 'greeting', '-o', 'jsonpath={.data.greeting}')).toBe('Hello');
    expect((await shared.plan()).code).toBe(0);
  });
});

describe('a manifest that the API would refuse', () => {
  const refusals: Array<[what: string, manifest: string, words: string[]]> = [
    ['a wrong type', '{"replicas":"x"}', ['spec.replicas', '"x"']],
    ['an unknown field', '{"more":{"imagine":1}}', ['spec.template.spec.containers[0].imagine', 'unknown']],
    ['a bad label', '{"labels":{"tier":"not valid!"}}', ['metadata.labels', '"not valid!"', 'must be']],
  ];

  it.each(refusals)('is refused at plan with its path: %s', async (_what, change, words) => {
    const planned = await shared.plan({ E2E_MANIFEST: extra(JSON.parse(change)) });
    expect(planned.code).toBe(1);
    for (const word of words) expect(flat(planned.stderr + planned.stdout)).toContain(word);
  });

  it('is refused, and a good one is planned with its fields, where there is no cluster', async () => {
    const offline = new Project(`${shared.stack}x`, 'test/e2e/fixture/offline.ts');
    try {
      expect((await offline.synth({ E2E_MANIFEST: extra() })).code).toBe(0);
      expect((await offline.terraform(['init', '-input=false', '-no-color'])).code).toBe(0);
      const planned = await offline.plan({ E2E_MANIFEST: extra() });
      expect(planned.code).toBe(2);
      expect(planned.stdout).toMatch(/\+ replicas\s+= 1/);
      expect(planned.stdout).toMatch(/\+ revisionHistoryLimit\s+= 10/);
      const refused = await offline.plan({ E2E_MANIFEST: extra({ replicas: -1 }) });
      expect(refused.code).toBe(1);
      expect(flat(refused.stderr)).toContain('spec.replicas: Invalid value: -1');
    } finally {
      offline.remove();
    }
  });
});

describe('a rollout', () => {
  const bad = { E2E_MANIFEST: extra({ image: 'registry.invalid/none:1' }) };
  /** Plans what was synthesized last. */
  const replan = () => shared.terraform(['plan', '-input=false', '-no-color', '-detailed-exitcode']);

  it('that cannot work fails the apply with the pod’s reason and events, taints nothing, and heals', async () => {
    const started = performance.now();
    const failed = await shared.deploy(bad);
    observed('an image that does not exist fails the apply', performance.now() - started);
    expect(failed.code).toBe(1);
    const text = flat(failed.output);
    expect(text).toContain('Deployment default/extra cannot roll out');
    expect(text).toMatch(/container extra of pod default\/extra-\S+ on node agent-\d: (ErrImagePull|ImagePullBackOff)/);
    expect(text).toContain('Last events:');
    const pending = await replan();
    expect(pending.code).toBe(2);
    expect(pending.stdout).toContain('1 to add, 0 to change, 0 to destroy');
    expect(pending.stdout).not.toContain('tainted');

    const { uid } = JSON.parse(await shared.kube('get', 'deployment', name, '-o', 'json')).metadata;
    expect(await shared.deploy({ E2E_MANIFEST: extra() })).toMatchObject({ code: 0, added: 1, destroyed: 0 });
    expect(await shared.kube('get', 'deployment', name, '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
  });

  it('that stops working stays pending in the plan until it is put right', async () => {
    expect((await shared.deploy(bad)).code).toBe(1);
    expect((await replan()).stdout).toContain('0 to add, 1 to change, 0 to destroy');
    expect(await shared.deploy({ E2E_MANIFEST: extra() })).toMatchObject({ code: 0, changed: 1, destroyed: 0 });
  });

  it('changes replicas in place, and replaces what cannot change', async () => {
    const more = await shared.plan({ E2E_MANIFEST: extra(), E2E_REPLICAS: '4' });
    expect(more.stdout).toMatch(/~ replicas\s+= 3 -> 4/);
    expect(more.stdout).toContain('0 to add, 1 to change, 0 to destroy');
    const other = await shared.plan({ E2E_MANIFEST: extra({ app: 'other' }) });
    expect(other.stdout).toContain('must be replaced');
    expect(other.stdout).toContain('1 to add, 0 to change, 1 to destroy');
  });
});

it('records the requests that the Cluster’s audit policy says, and no others', async () => {
  const read = ['exec', `${shared.stack}-server`, 'cat', '/var/lib/orlop/server/audit/audit.log'];
  const { stdout } = await command('docker', read);
  const users = new Set(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { user: { username: string } }).user.username),
  );
  expect(users).toContain('system:node:agent-2');
  expect(users).not.toContain('system:node:agent-1');
});

it('imports an object and a node of the live cluster', async () => {
  const env = { E2E_MANIFEST: extra() };
  await shared.synth(env);
  const state = (await shared.terraform(['state', 'list'])).stdout.split('\n');
  const object = state.find((each) => /^orlop_object\..*_web_/.test(each)) as string;
  const node = state.find((each) => /^orlop_node\..*_agent-1_/.test(each)) as string;
  const { port, private_key_file } = shared.state().nodes.find((each) => each.name === 'agent-1') as never;
  expect((await shared.terraform(['state', 'rm', object, node])).code).toBe(0);
  const ids = {
    [object]: 'apps/v1/Deployment/default/web',
    [node]: `ssh://root@127.0.0.1:${port}/agent-1?private_key_file=${private_key_file}`,
  };
  for (const [address, id] of Object.entries(ids)) {
    const imported = await shared.terraform(['import', '-input=false', '-no-color', address, id]);
    expect({ address, ...imported }).toMatchObject({ address, code: 0 });
  }
  const planned = await shared.plan(env);
  expect(planned.stdout).not.toMatch(/must be replaced/);
  expect(await shared.deploy(env)).toMatchObject({ code: 0, added: 0, destroyed: 0 });
  expect((await shared.plan(env)).code).toBe(0);
});

it('upgrades the runtime in place and restarts no container', async () => {
  const env = { E2E_MANIFEST: extra() };
  const folder = mkdtempSync(join(tmpdir(), 'orlop-runtime-'));
  try {
    cpSync(join(repository, 'dist/runtime'), folder, { recursive: true });
    const file = join(folder, 'orlop.js');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n// another version\n`);
    await writeManifest(folder);
    const upgrade = { ...env, ORLOP_RUNTIME_DIR: folder };
    const before = await containers();
    const planned = await shared.plan(upgrade);
    expect(planned.stdout).toMatch(/~ runtime_version\s+= "[0-9a-f]{64}" -> "[0-9a-f]{64}"/);
    expect(planned.stdout).toContain('0 to add, 3 to change, 0 to destroy');
    const started = performance.now();
    expect(await shared.deploy(upgrade)).toMatchObject({ code: 0, changed: 3 });
    observed('upgrade of three nodes', performance.now() - started);
    expect(await containers()).toEqual(before);
    expect((await shared.plan(upgrade)).code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await eventually('back to the first runtime', async () => (await shared.deploy()).code === 0, 120_000);
});

/** The containers of every node, by id, with the time at which each began to run. */
async function containers(): Promise<string[]> {
  const all: string[] = [];
  for (const node of ['server', 'agent-1', 'agent-2']) {
    const list = ['docker', 'ps', '-q', '--no-trunc', '--filter', 'label=dev.orlop.role'];
    const ids = (await command('docker', ['exec', `${shared.stack}-${node}`, ...list])).stdout.split('\n');
    all.push(...ids.filter(Boolean).map((id) => `${node} ${id}`));
  }
  return all.sort();
}
