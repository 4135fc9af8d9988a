import fc from 'fast-check';
import { decodeProtobuf } from '../../runtime/kube/protobuf/decode';
import { encodeProtobuf } from '../../runtime/kube/protobuf/encode';
import { StatusError } from '../../runtime/kube/status-error';

// A writer of just what the tests need; numbers are those of Kubernetes' generated.proto files.
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
}
const int = (number: number, value: number) => [...varint(BigInt(number << 3)), ...varint(BigInt(value))];
const bytes = (number: number, value: string | number[]) => {
  const content = typeof value === 'string' ? [...Buffer.from(value)] : value;
  return [...varint(BigInt((number << 3) | 2)), ...varint(BigInt(content.length)), ...content];
};
const entry = (number: number, key: string, value: string | number[]) =>
  bytes(number, [...bytes(1, key), ...bytes(2, value)]);
const envelope = (apiVersion: string, kind: string, raw: number[]) =>
  Buffer.from([0x6b, 0x38, 0x73, 0, ...bytes(1, [...bytes(1, apiVersion), ...bytes(2, kind)]), ...bytes(2, raw)]);
/** The metadata that Go writes of a name alone: every text, and the zero time. */
const metadata = (name: string) =>
  bytes(1, [...bytes(1, name), ...bytes(2, ''), ...bytes(3, ''), ...int(7, 0), ...bytes(8, [])]);

test('a Deployment is what its JSON would be, pointers at zero kept and empty values left out', () => {
  const port = [...bytes(1, ''), ...int(2, 0), ...int(3, 8080), ...bytes(4, '')];
  const resources = [...entry(2, 'cpu', bytes(1, '100m'))];
  const container = [
    ...bytes(1, 'main'),
    ...bytes(2, 'web:1'),
    ...bytes(6, port),
    ...bytes(8, resources),
    ...int(16, 0),
  ];
  const podSpec = [
    ...bytes(1, [...bytes(1, 'tmp'), ...bytes(2, bytes(2, []))]),
    ...bytes(2, container),
    ...int(4, 0),
    ...int(11, 0),
  ];
  const template = [...metadata(''), ...bytes(2, podSpec)];
  const rolling = bytes(2, [
    ...bytes(1, [...int(1, 1), ...bytes(3, '25%')]),
    ...bytes(2, [...int(1, 0), ...int(2, 1)]),
  ]);
  const spec = [
    ...int(1, 0),
    ...bytes(2, entry(1, 'app', 'web')),
    ...bytes(3, template),
    ...bytes(4, rolling),
    ...int(5, 0),
  ];
  const object = decodeProtobuf(
    envelope('apps/v1', 'Deployment', [
      ...metadata('web'),
      ...bytes(2, spec),
      ...bytes(3, [...int(1, 0), ...int(2, 0)]),
    ]),
  );
  expect(object).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'web' } },
      strategy: { rollingUpdate: { maxUnavailable: '25%', maxSurge: 1 } },
      template: {
        spec: {
          volumes: [{ name: 'tmp', emptyDir: {} }],
          containers: [
            {
              name: 'main',
              image: 'web:1',
              ports: [{ containerPort: 8080 }],
              resources: { requests: { cpu: '100m' } },
            },
          ],
          terminationGracePeriodSeconds: 0,
        },
      },
    },
  });
});

test('bytes are base64, times RFC 3339, references keep their kind', () => {
  const owner = bytes(13, [
    ...bytes(1, 'Node'),
    ...bytes(3, 'n1'),
    ...bytes(4, 'uid'),
    ...bytes(5, 'v1'),
    ...int(6, 0),
  ]);
  const meta = bytes(1, [...bytes(1, 's'), ...bytes(8, int(1, 1767225600)), ...owner]);
  expect(
    decodeProtobuf(envelope('v1', 'Secret', [...meta, ...entry(2, 'a', [0, 255]), ...bytes(3, 'Opaque')])),
  ).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ownerReferences: [{ kind: 'Node', name: 'n1', uid: 'uid', apiVersion: 'v1', controller: false }],
    },
    data: { a: 'AP8=' },
    type: 'Opaque',
  });
});

test('a reference whose kind and version come first keeps them too, there and back', () => {
  const reference = [...bytes(1, 'Pod'), ...bytes(2, 'v1'), ...bytes(3, 'web'), ...bytes(4, 'u-1')];
  const spec = [...bytes(1, 'api'), ...bytes(3, reference), ...int(4, 600)];
  const body = envelope('authentication.k8s.io/v1', 'TokenRequest', [...metadata(''), ...bytes(2, spec)]);
  const request = decodeProtobuf(body) as { apiVersion: string; kind: string; spec: object };
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'web', uid: 'u-1' };
  expect(request.spec).toEqual({ audiences: ['api'], boundObjectRef, expirationSeconds: 600 });
  expect(decodeProtobuf(encodeProtobuf(request) as Buffer)).toEqual(request);
});

test('the verbs of a resource are a message around their list', () => {
  const pods = [
    ...bytes(1, 'pods'),
    ...int(2, 1),
    ...bytes(3, 'Pod'),
    ...bytes(4, [...bytes(1, 'get'), ...bytes(1, 'list')]),
  ];
  const body = envelope('v1', 'APIResourceList', [...bytes(1, 'v1'), ...bytes(2, pods)]);
  const list = {
    apiVersion: 'v1',
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'pods', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }],
  };
  expect(decodeProtobuf(body)).toEqual(list);
  expect(encodeProtobuf(list)).toEqual(body);
});

test('options of a delete come under the version of what they delete', () => {
  const body = envelope('v1', 'DeleteOptions', [...int(1, 0), ...bytes(2, bytes(1, 'uid')), ...bytes(4, 'Orphan')]);
  expect(decodeProtobuf(body)).toMatchObject({
    gracePeriodSeconds: 0,
    preconditions: { uid: 'uid' },
    propagationPolicy: 'Orphan',
  });
});

test('negative numbers, and fields of a newer version', () => {
  const tolerant = decodeProtobuf(
    envelope('v1', 'Pod', [...metadata('p'), ...bytes(2, [...int(4, -1), ...bytes(9999, 'new')]), ...int(500, 7)]),
  );
  expect(tolerant).toMatchObject({ metadata: { name: 'p' }, spec: { terminationGracePeriodSeconds: -1 } });
});

test.each([
  ['JSON', Buffer.from('{}')],
  ['an unknown kind', envelope('v1', 'Nonsense', [])],
  ['a length beyond the end', envelope('v1', 'Pod', [0x0a, 0x7f, 1])],
  ['a number without end', envelope('v1', 'Pod', [0x08, 0xff, 0xff])],
  ['a key that reaches for the prototype', envelope('v1', 'ConfigMap', entry(2, '__proto__', 'x'))],
])('%s is refused', (_what, body) => {
  expect(() => decodeProtobuf(body)).toThrow(StatusError);
});

test('whatever comes is an object or a clear refusal', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom('Pod', 'Deployment', 'Secret', 'Event'),
      (raw, kind) => {
        try {
          decodeProtobuf(envelope(kind === 'Deployment' ? 'apps/v1' : 'v1', kind, [...raw]));
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      },
    ),
  );
});
