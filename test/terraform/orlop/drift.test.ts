import type { KubeObject } from '../../../runtime/kube/object';
import { itemsAddedByHand } from '../../../runtime/terraform/orlop/object/added-by-hand';
import { liveManifest } from '../../../runtime/terraform/orlop/object/drift';
import { prepareManifest } from '../../../runtime/terraform/orlop/object/prepare';

const manifest = {
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
          {
            name: 'web',
            image: 'web:1',
            args: ['a', 'b'],
            env: [
              { name: 'A', value: '1' },
              { name: 'EMPTY', value: '' },
            ],
            ports: [{ containerPort: 8080 }],
            resources: { limits: { memory: '1024Mi', cpu: 0.5 } },
          },
        ],
      },
    },
  },
} as unknown as KubeObject;

type Container = Record<string, unknown> & { env: object[]; ports: object[] };
const live = (change: (container: Container) => void = () => undefined) => {
  const object = structuredClone(prepareManifest(manifest as never, 'default')?.object) as never as {
    spec: { template: { spec: { containers: Container[] } } };
  };
  change(object.spec.template.spec.containers[0] as Container);
  return object as unknown as KubeObject;
};
const containerOf = (object: unknown) =>
  (object as { spec: { template: { spec: { containers: Container[] } } } }).spec.template.spec.containers;

it('finds no drift in what the API server makes of the manifest itself', () => {
  expect(liveManifest(manifest, live())).toEqual(manifest);
});

it.each<[string, (container: Container) => void, (container: Container) => void]>([
  ['a changed value', (c) => Object.assign(c, { image: 'web:2' }), (c) => Object.assign(c, { image: 'web:2' })],
  [
    'a quantity of another size',
    (c) => Object.assign(c, { resources: { limits: { memory: '2Gi', cpu: '500m' } } }),
    (c) => Object.assign(c, { resources: { limits: { memory: '2Gi', cpu: 0.5 } } }),
  ],
  ['an item taken out of a list with keys', (c) => c.env.splice(0, 1), (c) => c.env.splice(0, 1)],
  [
    'an argument more',
    (c) => Object.assign(c, { args: ['a', 'b', 'c'] }),
    (c) => Object.assign(c, { args: ['a', 'b', 'c'] }),
  ],
  ['a field taken out', (c) => delete c.args, (c) => delete c.args],
])('shows %s as drift', (_name, change, expected) => {
  const want = structuredClone(manifest);
  expected(containerOf(want)[0] as Container);
  expect(liveManifest(manifest, live(change))).toEqual(want);
});

it.each<[string, (container: Container) => void]>([
  ['a quantity in another form', (c) => Object.assign(c, { resources: { limits: { memory: '1Gi', cpu: '0.5' } } })],
  ['what others added to a list with keys', (c) => c.env.push({ name: 'THEIRS', value: 'x' })],
  ['what others set beside our fields', (c) => Object.assign(c, { workingDir: '/theirs' })],
  ['lists with keys in another order', (c) => c.env.reverse()],
])('leaves %s alone', (_name, change) => {
  expect(liveManifest(manifest, live(change))).toEqual(manifest);
});

describe('an item that somebody added to a list with keys', () => {
  const added = (manager: string, operation: 'Apply' | 'Update') => {
    const object = live((c) => c.env.push({ name: 'DEBUG', value: '1' }));
    const env = { 'k:{"name":"DEBUG"}': { '.': {}, 'f:name': {}, 'f:value': {} } };
    const containers = { 'k:{"name":"web"}': { 'f:env': env } };
    const fieldsV1 = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } };
    object.metadata.managedFields = [{ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1 }];
    return object;
  };

  it('is drift where it was done by hand, and its place is known', () => {
    const object = added('kubectl-set', 'Update');
    const want = structuredClone(manifest);
    containerOf(want)[0]?.env.push({ name: 'DEBUG', value: '1' });
    expect(liveManifest(manifest, object)).toEqual(want);
    expect(itemsAddedByHand(manifest, object)).toMatchObject([
      { path: ['spec', 'template', 'spec', 'containers', 0, 'env', 2], keys: ['name'] },
    ]);
  });

  it.each([
    ['a controller', 'injector', 'Update'],
    ['another applier', 'kubectl', 'Apply'],
  ] as const)('is left alone where %s did it', (_who, manager, operation) => {
    expect(liveManifest(manifest, added(manager, operation))).toEqual(manifest);
  });
});

it('compares stringData with the data it became', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { a: 'x', b: 'y' },
  } as unknown as KubeObject;
  const data = (a: string, b: string) =>
    ({ ...secret, stringData: undefined, data: { a: btoa(a), b: btoa(b) } }) as unknown as KubeObject;
  expect(liveManifest(secret, data('x', 'y'))).toEqual(secret);
  expect(liveManifest(secret, data('x', 'z'))).toMatchObject({ stringData: { a: 'x', b: 'z' } });
});

it('takes an unknown kind by its fields', () => {
  const custom = {
    apiVersion: 'x.y/v1',
    kind: 'Thing',
    metadata: { name: 't' },
    spec: { a: 1, list: ['p', 'q'] },
  } as unknown as KubeObject;
  const there = { ...custom, spec: { a: 2, b: 3, list: ['p'] } } as unknown as KubeObject;
  expect(liveManifest(custom, there)).toMatchObject({ spec: { a: 2, list: ['p'] } });
});

it('a namespace where the kind has none is refused: the server would leave it out', () => {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'default' } };
  expect(() => prepareManifest(node as never, 'default')).toThrow(
    'metadata.namespace: Forbidden: not allowed on this type',
  );
});
