import fc from 'fast-check';
import { cms, configMap, deployment, pod, podsPath, service } from '../harness';
import { anyJson, FuzzedServer, mutated, runs, spoiled } from './support';

let fuzzed: FuzzedServer;

beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
  const { server } = fuzzed;
  await server.post(podsPath, pod('p', {}, { labels: { app: 'a' }, annotations: { note: 'n' } }));
  await server.post(cms, configMap('a', { key: 'value' }));
});
afterAll(() => fuzzed.stop());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';
const targets: Array<[string, object]> = [
  [cms, configMap('', { a: 'b' }, { generateName: 'f-', labels: { a: 'b' }, ownerReferences: [] })],
  [podsPath, { ...pod(''), metadata: { namespace: 'default', generateName: 'f-' } }],
  [deployments, { ...deployment('d'), metadata: { generateName: 'f-' } }],
  [services, { ...service('s'), metadata: { generateName: 'f-' } }],
];
const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
const types = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  ...Object.values(patchTypes),
];

const property = <T>(arbitrary: fc.Arbitrary<T>, act: (value: T) => Promise<unknown>) =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      await act(value);
    }),
    { numRuns: runs },
  );

it('bytes of any kind, under every content type and method', () =>
  property(
    fc.record({
      body: fc.uint8Array({ maxLength: 200 }),
      type: fc.constantFrom(...types, 'text/html', ''),
      method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
      path: fc.constantFrom(
        cms,
        `${cms}/a`,
        podsPath,
        `${podsPath}/p`,
        `${podsPath}/p/status`,
        `${podsPath}/p/binding`,
        '/join',
      ),
    }),
    (sent) => fuzzed.survives({ ...sent, path: `${sent.path}?dryRun=All` }),
  ));

it.each(targets)('what is nearly an object, at %s', (path, object) =>
  property(mutated(object), (value) =>
    fuzzed.survives({ method: 'POST', path: `${path}?dryRun=All`, body: JSON.stringify(value) }),
  ),
);

it('text that is nearly JSON', () =>
  property(spoiled(Buffer.from(JSON.stringify(pod('p')))), (body) =>
    fuzzed.survives({ method: 'POST', path: `${podsPath}?dryRun=All`, body }),
  ));

it('YAML that is nearly an object', () => {
  const text =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: y\n  labels: {a: "b"}\ndata:\n  <<: *m\n  k: |\n    x\n';
  const words = [
    '&a',
    '*a',
    '<<',
    '---',
    '!!js/function',
    '!!binary',
    '? ',
    '- ',
    '{',
    '[',
    '%YAML 9',
    '\t',
    '"',
    "'",
    '|',
    '>',
  ];
  const inserted = fc
    .array(fc.tuple(fc.nat({ max: text.length }), fc.oneof(fc.constantFrom(...words), fc.string())), {
      minLength: 1,
      maxLength: 5,
    })
    .map((changes) => changes.reduce((all, [at, word]) => all.slice(0, at) + word + all.slice(at), text));
  return property(inserted, (body) =>
    fuzzed.survives({ method: 'POST', path: `${cms}?dryRun=All`, type: 'application/yaml', body }),
  );
});

it('bytes that are nearly protobuf', () => {
  // k8s\0, an envelope of TypeMeta {v1, ConfigMap} and of an object {metadata: {name}, data: {k: v}}.
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const text = (number: number, value: string) => field(number, Buffer.from(value));
  const object = Buffer.concat([field(1, text(1, 'pb')), field(2, Buffer.concat([text(1, 'k'), text(2, 'v')]))]);
  const type = Buffer.concat([text(1, 'v1'), text(2, 'ConfigMap')]);
  const whole = Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, object)]);
  return property(fc.oneof(spoiled(whole), fc.constant(whole)), (body) =>
    fuzzed.survives({ method: 'POST', path: `${cms}?dryRun=All`, type: 'application/vnd.kubernetes.protobuf', body }),
  );
});

describe('patches', () => {
  const pointer = fc
    .array(
      fc.constantFrom(
        'metadata',
        'labels',
        'app',
        'spec',
        'containers',
        '0',
        '-',
        '01',
        '99999999999',
        '~0',
        '~1',
        '~',
        '__proto__',
        'constructor',
        '',
      ),
      { maxLength: 4 },
    )
    .map((steps) => steps.map((step) => `/${step}`).join(''));
  const operation = fc.oneof(
    fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nonsense'),
      path: pointer,
      from: fc.option(pointer, { nil: undefined }),
      value: anyJson,
    }),
    anyJson,
  );
  const send = (kind: keyof typeof patchTypes, path: string) => (value: unknown) =>
    fuzzed.survives({
      method: 'PATCH',
      path: `${path}?dryRun=All${kind === 'apply' ? '&fieldManager=f&force=true' : ''}`,
      type: patchTypes[kind],
      body: JSON.stringify(value) ?? '',
    });

  it('JSON patches', () => property(fc.array(operation, { maxLength: 4 }), send('json', `${podsPath}/p`)));

  const inner = (value: object) => fc.oneof(mutated(value), anyJson);
  const change = {
    metadata: { labels: { app: 'b' }, finalizers: ['a/b'], $patch: 'merge' },
    spec: {
      containers: [{ name: 'main', image: 'b', env: [{ name: 'A', value: '1' }], $patch: 'replace' }],
      '$setElementOrder/containers': [{ name: 'main' }],
      '$deleteFromPrimitiveList/x': ['a'],
      $retainKeys: ['containers'],
    },
  };
  it('merge patches', () => property(inner(change), send('merge', `${podsPath}/p`)));
  it('strategic merge patches', () => property(inner(change), send('strategic', `${podsPath}/p`)));
  it('applies', () => {
    const object = {
      ...pod('p'),
      metadata: { name: 'p', managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }] },
    };
    return property(inner(object), send('apply', `${podsPath}/p`));
  });
  it('status and scale', () =>
    property(
      inner({ status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
      async (value) => {
        for (const kind of ['merge', 'strategic'] as const) await send(kind, `${podsPath}/p/status`)(value);
      },
    ));
});

it('options of a delete', () =>
  property(
    mutated({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 3,
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'a' },
      dryRun: ['All'],
    }),
    (value) => fuzzed.survives({ method: 'DELETE', path: `${cms}/a?dryRun=All`, body: JSON.stringify(value) ?? '' }),
  ));
