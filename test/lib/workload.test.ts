import { Token } from 'cdktf';
import { ConfigMap, Deployment, Image, Manifest, Namespace, NodePool, Secret, Service, secretInput } from '../../lib';
import { clusterWithServer, manifest, resources, synthesized } from './synth';

const container = { image: 'web:1' };

describe('Deployment', () => {
  test('selects its own pods and is named after its id', () => {
    const { stack, cluster } = clusterWithServer();
    new Deployment(cluster, 'web', {
      replicas: 3,
      containers: [{ ...container, env: { A: 'b', C: { fieldRef: { fieldPath: 'status.podIP' } } } }],
    });
    const { spec, metadata } = manifest(stack, 'Deployment') as {
      spec: {
        selector: { matchLabels: unknown };
        template: { metadata: { labels: unknown }; spec: { containers: unknown } };
      };
      metadata: Record<string, unknown>;
    };
    expect(metadata).toEqual({ name: 'web', namespace: 'default', labels: { 'app.kubernetes.io/name': 'web' } });
    expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
    expect(spec.template.spec.containers).toEqual([
      {
        name: 'web',
        image: 'web:1',
        env: [
          { name: 'A', value: 'b' },
          { name: 'C', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
      },
    ]);
  });

  test('mounts a ConfigMap by path, and waits for it', () => {
    const { stack, cluster } = clusterWithServer();
    const config = new ConfigMap(cluster, 'config', { data: { a: 'b' } });
    new Deployment(cluster, 'web', { containers: [{ ...container, mounts: { '/etc/web': config } }] });
    const spec = (manifest(stack, 'Deployment') as { spec: { template: { spec: Record<string, unknown> } } }).spec
      .template.spec;
    expect(spec.volumes).toEqual([{ name: 'config-config', configMap: { name: 'config' } }]);
    const deployment = resources(stack, 'orlop_object').find(
      (each) => (each.manifest as { kind: string }).kind === 'Deployment',
    );
    expect((deployment?.depends_on as string[]).some((each) => each.startsWith('orlop_object.demo_config'))).toBe(true);
  });

  test('names what is wrong with its props', () => {
    const { cluster } = clusterWithServer();
    expect(() => new Deployment(cluster, 'a', { containers: [] })).toThrow(
      /stack\/demo\/a: invalid props\n {2}containers: /,
    );
    expect(() => new Deployment(cluster, 'b', { replicas: 1.5, containers: [container] })).toThrow(
      /replicas: .*received 1.5/,
    );
    expect(() => new Deployment(cluster, 'c', { containers: [{ image: 5 as never }] })).toThrow(
      /containers\[0\]\.image: must be an Image or the name of an image/,
    );
  });

  test('takes the number of replicas from a token', () => {
    const { stack, cluster } = clusterWithServer();
    new Deployment(cluster, 'web', { replicas: Token.asNumber('${var.replicas}'), containers: [container] });
    expect((manifest(stack, 'Deployment') as { spec: { replicas: unknown } }).spec.replicas).toBe('${var.replicas}');
  });
});

test('an image’s name is made from its content', () => {
  const { stack, cluster } = clusterWithServer();
  const image = new Image(cluster, 'web', { context: 'examples/web' });
  expect(image.imageName).toMatch(/^web:[0-9a-f]{12}$/);
  const [carried] = resources(stack, 'orlop_image');
  expect(carried).toMatchObject({ name: image.imageName });
  expect(Object.keys(carried?.nodes as object)).toEqual(['server']);
});

test('an image goes to the nodes that take ordinary pods, and to the server where it is asked for', () => {
  const { stack, cluster } = clusterWithServer();
  new NodePool(cluster, 'agent', { count: 2 });
  new Image(cluster, 'web', { context: 'examples/web' });
  new Image(cluster, 'tool', { context: 'examples/web', onServer: true });
  const nodes = Object.fromEntries(
    resources(stack, 'orlop_image').map(({ name, nodes }) => [
      String(name).split(':')[0],
      Object.keys(nodes as object).sort(),
    ]),
  );
  expect(nodes).toEqual({ web: ['agent-1', 'agent-2'], tool: ['agent-1', 'agent-2', 'server'] });
});

describe('Service', () => {
  test('with a host port is a NodePort with a URL, published by a node', () => {
    const { stack, cluster } = clusterWithServer();
    const web = new Deployment(cluster, 'web', { containers: [container] });
    const service = new Service(cluster, 'web-service', {
      name: 'web',
      selector: web,
      ports: [{ port: 80, hostPort: 8080 }],
    });
    expect(service.url).toBe('http://127.0.0.1:8080');
    const spec = (manifest(stack, 'Service') as { spec: { type: string; ports: Array<{ nodePort: number }> } }).spec;
    expect(spec.type).toBe('NodePort');
    const published = (
      resources(stack, 'docker_container')[0]?.ports as Array<{ internal: number; external: number }>
    ).find((port) => port.external === 8080);
    expect(published?.internal).toBe(spec.ports[0]?.nodePort);
    expect(spec.ports[0]).not.toHaveProperty('hostPort');
  });

  test('without one has no URL, and says how to get one', () => {
    const { cluster } = clusterWithServer();
    const service = new Service(cluster, 'web', { selector: { a: 'b' }, ports: [{ port: 80 }] });
    expect(() => service.url).toThrow(/give one of its ports a hostPort/);
  });

  test('two Services may not publish one port', () => {
    const { cluster } = clusterWithServer();
    const ports = [{ port: 80, hostPort: 8080 }];
    new Service(cluster, 'a', { selector: { a: 'b' }, ports });
    expect(() => new Service(cluster, 'b', { selector: { a: 'b' }, ports })).toThrow(
      /port 8080 of this machine is published twice/,
    );
  });
});

describe('Namespace', () => {
  test('objects made under it live in it and wait for it', () => {
    const { stack, cluster } = clusterWithServer();
    const shop = new Namespace(cluster, 'shop');
    new ConfigMap(shop, 'config', { data: { a: 'b' } });
    expect(manifest(stack, 'Namespace').metadata).toEqual({ name: 'shop' });
    expect(manifest(stack, 'ConfigMap').metadata).toEqual({ name: 'config', namespace: 'shop' });
  });
});

describe('text that looks like a template', () => {
  test('arrives as it is, while tokens stay live', () => {
    const { stack, cluster } = clusterWithServer();
    const token = Token.asString({ resolve: () => '${var.x}' });
    new Manifest(cluster, 'raw', {
      manifest: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'raw', annotations: { '${key}': '%{ if x }' } },
        data: { a: 'echo ${HOME} $${HOME} %{x}', b: `before \${A} ${token} after`, c: '100% $5 {x}' },
      },
    });
    expect(manifest(stack, 'ConfigMap')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'raw', namespace: 'default', annotations: { '$${key}': '%%{ if x }' } },
      data: { a: 'echo $${HOME} $$${HOME} %%{x}', b: 'before $${A} ${var.x} after', c: '100% $5 {x}' },
    });
  });
});

describe('Secret', () => {
  test('refuses a literal, which would be readable in cdk.tf.json', () => {
    const { cluster } = clusterWithServer();
    expect(() => new Secret(cluster, 'db', { values: { password: 'hunter2' } })).toThrow(
      /values\.password: must be a reference/,
    );
  });

  test('takes an ephemeral input, through a write-only attribute', () => {
    const { stack, cluster } = clusterWithServer();
    new Secret(cluster, 'db', { values: { password: secretInput(stack, 'db_password') } });
    const secret = resources(stack, 'orlop_object').find(
      (each) => (each.manifest as { kind: string }).kind === 'Secret',
    );
    expect(secret).toMatchObject({ data_wo: { password: '${var.db_password}' }, data_wo_version: 1 });
    expect(synthesized(stack).variable?.db_password).toMatchObject({ ephemeral: true, sensitive: true });
    expect(secret?.manifest).not.toHaveProperty('data');
  });
});
