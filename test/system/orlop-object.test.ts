import { configMaps, deployments, secrets } from '../../runtime/kube/resource';
import { startCluster, type TestCluster } from './cluster';
import { Terraform } from './terraform';

jest.setTimeout(60_000);

let cluster: TestCluster;
let terraform: Terraform;
beforeAll(async () => {
  cluster = await startCluster();
  terraform = await Terraform.start();
});
afterAll(async () => {
  await terraform.remove();
  await cluster.close();
});

const provider = () => ({ kubeconfig: cluster.kubeconfig });
const configMap = (data: Record<string, unknown>, name = 'app') => ({
  orlop_object: {
    app: { manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data } },
  },
});
const deployment = (change: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'web', image: 'web:1', resources: { requests: { memory: '1024Ki', cpu: 0.5 } }, ...container },
        ],
      },
    },
    ...change,
  },
});
const web = (manifest: object, more: object = {}) => ({ orlop_object: { web: { manifest, wait: false, ...more } } });

describe('an object', () => {
  it('is created, planned empty, changed in place and removed', async () => {
    await terraform.configure(provider(), configMap({ a: '1', b: '2' }));
    const created = await terraform.apply();
    expect(created.text).toContain('1 added');
    expect(await terraform.plan()).toMatchObject({ code: 0 });

    await terraform.configure(provider(), configMap({ a: '1', b: '3' }));
    const plan = await terraform.plan();
    expect(plan.code).toBe(2);
    expect(plan.text).toMatch(/~ b\s+= "2" -> "3"/);
    expect((await terraform.apply()).text).toContain('1 changed');
    const live = await cluster.client.get(configMaps, { namespace: 'default', name: 'app' });
    expect(live.data).toEqual({ a: '1', b: '3' });
    expect(live.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['orlop-terraform']);
  });

  it('shows a change made by others as drift of that field, and puts it back', async () => {
    await cluster.client.patch(
      configMaps,
      { namespace: 'default', name: 'app' },
      { type: 'merge', body: { data: { b: 'other', theirs: 'kept' } } },
      { fieldManager: 'kubectl-edit' },
    );
    const plan = await terraform.plan();
    expect(plan.code).toBe(2);
    expect(plan.text).toMatch(/~ b\s+= "other" -> "3"/);
    expect(plan.text).not.toContain('theirs');
    expect((await terraform.apply()).code).toBe(0);
    const live = await cluster.client.get(configMaps, { namespace: 'default', name: 'app' });
    expect(live.data).toEqual({ a: '1', b: '3', theirs: 'kept' });
    expect((await terraform.plan()).code).toBe(0);
  });

  it('leaves a field that it never had to its owner, unless told to take it', async () => {
    await terraform.configure(provider(), configMap({ a: '1', b: '3', theirs: 'taken' }));
    const refused = await terraform.apply();
    expect(refused.code).toBe(1);
    expect(refused.text.replace(/[\s│]+/g, ' ')).toContain('.data.theirs belongs to somebody else');
    expect(refused.text).toContain('kubectl-edit');
    const { app } = configMap({ a: '1', b: '3', theirs: 'taken' }).orlop_object;
    await terraform.configure(provider(), { orlop_object: { app: { ...app, force_conflicts: true } } });
    expect((await terraform.apply()).code).toBe(0);
    const live = await cluster.client.get(configMaps, { namespace: 'default', name: 'app' });
    expect(live.data).toEqual({ a: '1', b: '3', theirs: 'taken' });
    expect((await terraform.plan()).code).toBe(0);
  });

  it('is created again after somebody deleted it', async () => {
    await cluster.client.delete(configMaps, { namespace: 'default', name: 'app' });
    expect((await terraform.plan()).text).toContain('1 to add');
    expect((await terraform.apply()).code).toBe(0);
  });

  it('is replaced under another name', async () => {
    await terraform.configure(provider(), configMap({ a: '1' }, 'renamed'));
    expect((await terraform.apply()).text).toContain('1 added, 0 changed, 1 destroyed');
    await expect(cluster.client.get(configMaps, { namespace: 'default', name: 'app' })).rejects.toMatchObject({
      code: 404,
    });
  });

  it('is imported, and what differs is a change', async () => {
    await cluster.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'imported', namespace: 'default' },
      data: { x: 'y' },
    });
    await terraform.run('state', 'rm', 'orlop_object.app');
    await terraform.configure(provider(), configMap({ x: 'y' }, 'imported'));
    const imported = await terraform.run('import', 'orlop_object.app', 'v1/ConfigMap/default/imported');
    expect(imported.text).toContain('Import successful');
    expect((await terraform.apply()).text).toContain('0 added, 1 changed');
    expect((await terraform.plan()).code).toBe(0);
    const wrong = await terraform.run('import', 'orlop_object.other', 'ConfigMap/x');
    expect(wrong.code).toBe(1);
  });

  it('is deleted with its resource', async () => {
    await terraform.configure(provider(), {});
    expect((await terraform.apply()).text).toContain('1 destroyed');
    await expect(cluster.client.get(configMaps, { namespace: 'default', name: 'imported' })).rejects.toMatchObject({
      code: 404,
    });
  });
});

describe('a workload', () => {
  it('keeps the forms in which quantities were written', async () => {
    await terraform.configure(provider(), web(deployment()));
    expect((await terraform.apply()).text).toContain('1 added');
    expect((await terraform.plan()).code).toBe(0);
    const attributes = await terraform.attributes('orlop_object.web');
    expect(attributes).toMatchObject({ object: { value: { spec: { strategy: { type: 'RollingUpdate' } } } } });
  });

  it('changes its replicas in place and shows others doing so', async () => {
    await terraform.configure(provider(), web(deployment({ replicas: 3 })));
    const plan = await terraform.plan();
    expect(plan.text).toContain('0 to add, 1 to change');
    expect(plan.text).toMatch(/~ replicas\s+= 2 -> 3/);
    expect((await terraform.apply()).code).toBe(0);
    await cluster.client.patch(
      deployments,
      { namespace: 'default', name: 'web' },
      { type: 'merge', body: { spec: { replicas: 7 } } },
    );
    expect((await terraform.plan()).text).toMatch(/~ replicas\s+= 7 -> 3/);
  });

  it('is replaced when a field that cannot change does', async () => {
    const moved = deployment();
    moved.spec.selector.matchLabels.app = 'other';
    moved.spec.template.metadata.labels.app = 'other';
    await terraform.configure(provider(), web(moved, { force_conflicts: true }));
    expect((await terraform.plan()).text).toContain('1 to add, 0 to change, 1 to destroy');
  });

  it('whose rollout fails stays pending, and is not tainted', async () => {
    const manifest = deployment({ replicas: 3 });
    await terraform.configure(provider(), web(manifest, { force_conflicts: true }));
    expect((await terraform.apply()).code).toBe(0);
    // Nobody rolls it out here: the new template is applied, and waited for in vain.
    const changed = deployment({ replicas: 3 }, { image: 'web:2' });
    await terraform.configure(provider(), web(changed, { force_conflicts: true, wait: true, timeout_seconds: 1 }));
    const failed = await terraform.apply();
    expect(failed.code).toBe(1);
    expect(failed.text.replace(/\s+/g, ' ')).toContain('Deployment default/web did not roll out within 1 s');
    const live = await cluster.client.get(deployments, { namespace: 'default', name: 'web' });
    expect(live.spec?.template.spec?.containers[0]?.image).toBe('web:2');
    const plan = await terraform.plan();
    expect(plan.code).toBe(2);
    expect(plan.text).toContain('1 to change, 0 to destroy');
    expect(await terraform.attributes('orlop_object.web')).toMatchObject({ tainted: false });
  });

  it('whose first rollout fails is adopted by the next apply', async () => {
    const manifest = { ...deployment(), metadata: { name: 'second', namespace: 'default' } };
    const resources = (wait: boolean) => ({ orlop_object: { second: { manifest, wait, timeout_seconds: 1 } } });
    await terraform.configure(provider(), resources(true));
    expect((await terraform.apply()).code).toBe(1);
    const { uid } = (await cluster.client.get(deployments, { namespace: 'default', name: 'second' })).metadata;
    await terraform.configure(provider(), resources(false));
    expect((await terraform.apply()).code).toBe(0);
    expect(await terraform.attributes('orlop_object.second')).toMatchObject({ uid, tainted: false });
  });
});

describe('a manifest that is wrong', () => {
  const refused = async (resources: object, ...words: string[]) => {
    await terraform.configure({}, resources);
    const { code, text } = await terraform.run('plan', '-refresh=false', '-destroy=false');
    expect(code).toBe(1);
    for (const word of words) expect(text.replace(/[\s│]+/g, ' ')).toContain(word);
  };

  it('is refused at plan, without a cluster, at its path', async () => {
    await terraform.run('state', 'rm', 'orlop_object.second');
    await refused(web(deployment({ replicas: -1 })), 'spec.replicas', 'must be greater than or equal to 0');
    await refused(web(deployment({ replicaz: 1 })), 'spec.replicaz');
    await refused(web(deployment({}, { image: '' })), 'spec.template.spec.containers[0].image');
    await refused(web({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }), 'metadata.name is missing');
  });
});

describe('a Secret', () => {
  const canary = 'c4n4ry-value-that-nobody-may-see';

  it('takes values that are in no plan, no state and no log', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'default' },
      type: 'Opaque',
    };
    await terraform.configure(
      provider(),
      { orlop_object: { db: { manifest, data_wo: { password: '${var.password}' }, data_wo_version: 1 } } },
      { variable: { password: { type: 'string', sensitive: true, ephemeral: true } } },
    );
    const env = { TF_VAR_password: canary, TF_LOG: 'TRACE', TF_LOG_PATH: `${terraform.folder}/log` };
    await terraform.runWith(env, 'plan', '-out=plan');
    const applied = await terraform.runWith(env, 'apply', '-auto-approve');
    expect(applied.text).toContain('1 added');
    const live = await cluster.client.get(secrets, { namespace: 'default', name: 'db' });
    expect(Buffer.from(live.data?.password ?? '', 'base64').toString()).toBe(canary);
    const shown = await terraform.runWith(env, 'show', '-json', 'plan');
    const log = await (await import('node:fs/promises')).readFile(`${terraform.folder}/log`, 'utf8');
    const base64 = Buffer.from(canary).toString('base64');
    const ours = log.split('\n').filter((line) => !line.includes('TF_VAR_'));
    for (const text of [await terraform.state(), shown.text, applied.text, ...ours]) {
      expect(text).not.toContain(canary);
      expect(text).not.toContain(base64);
    }
    expect((await terraform.runWith(env, 'plan', '-detailed-exitcode')).code).toBe(0);
  });

  it('is warned of when its values stand in the manifest', async () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'plain', namespace: 'default' },
      stringData: { a: 'b' },
    };
    await terraform.configure(provider(), { orlop_object: { db: { manifest } } });
    expect((await terraform.apply()).text).toContain('Secret values stand in the manifest');
    expect((await terraform.plan()).code).toBe(0);
  });
});
