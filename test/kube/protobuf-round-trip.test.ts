import fc from 'fast-check';
import { kindTypes } from '../../runtime/kube/generated/schemas';
import { decodeProtobuf } from '../../runtime/kube/protobuf/decode';
import {
  encodeMessage,
  encodeProtobuf,
  encodeProtobufList,
  encodeWatchFrame,
} from '../../runtime/kube/protobuf/encode';
import { readFields } from '../../runtime/kube/protobuf/wire';
import type { StructuralSchema } from '../../runtime/kube/schema';
import { schemaOf } from '../../runtime/kube/schemas';
import { ObjectMaker, randomOf } from './protobuf-objects';

const gvks = Object.keys(kindTypes).map((gvk) => {
  const at = gvk.lastIndexOf('/');
  return [gvk.slice(0, at), gvk.slice(at + 1)] as [string, string];
});

test.each(gvks)('what is written of a %s %s is read back', (apiVersion, kind) => {
  const schema = schemaOf(apiVersion, kind) as StructuralSchema;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const object = { ...new ObjectMaker(randomOf(seed)).object(schema), apiVersion, kind };
      expect(decodeProtobuf(encodeProtobuf(object) as Buffer)).toEqual(object);
    }),
    { numRuns: 20 },
  );
});

test('the bytes of a pod are those that Go writes for its fields', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { b: '2', a: '1' }, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      containers: [{ name: 'c', ports: [{ containerPort: 300 }], livenessProbe: { httpGet: { port: 'web' } } }],
      terminationGracePeriodSeconds: -1,
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  };
  const hex = (encodeProtobuf(pod) as Buffer).toString('hex');
  const metadata = '0a01' + '70' + '4206' + '0880f2d6ca06' + '5a06' + '0a0161120131' + '5a06' + '0a0162120132';
  const container = '0a0163' + '3203' + '18ac02' + '520d' + '0a0b' + '1209' + '1207' + '0801' + '1a03' + '776562';
  const spec =
    `0a07${'0a0176'}${'1202'}${'1200'}` +
    `12${(container.length / 2).toString(16).padStart(2, '0')}${container}` +
    '20ffffffffffffffffff01';
  const field = (tag: string, content: string) =>
    `${tag}${(content.length / 2).toString(16).padStart(2, '0')}${content}`;
  const raw = field('0a', metadata) + field('12', spec);
  expect(hex).toBe(`6b387300${field('0a', '0a027631' + '1203506f64')}${field('12', raw)}`);
});

test('a list is a concatenation of what its items are', () => {
  const schema = schemaOf('v1', 'ConfigMap') as StructuralSchema;
  const items = ['a', 'b'].map((name) => ({
    metadata: { name, resourceVersion: '3' },
    data: { key: 'é'.repeat(200) },
  }));
  const metadata = { resourceVersion: '7', continue: 'next', remainingItemCount: 300 };
  const body = encodeProtobufList(
    'v1',
    'ConfigMapList',
    metadata,
    items.map((item) => encodeMessage(schema, item)),
  );
  expect(decodeProtobuf(body)).toEqual({ apiVersion: 'v1', kind: 'ConfigMapList', metadata, items });
});

test('an event of a watch is a length and a message that holds the whole object', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'v' } };
  const frame = encodeWatchFrame('MODIFIED', encodeProtobuf(object) as Buffer);
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  const [type, held] = [...readFields(frame.subarray(4))];
  expect(type?.bytes?.toString()).toBe('MODIFIED');
  const [raw] = [...readFields(held?.bytes as Buffer)];
  expect(raw?.number).toBe(1);
  expect(decodeProtobuf(raw?.bytes as Buffer)).toEqual(object);
});

test('a kind that is not built in has no such form', () => {
  expect(encodeProtobuf({ apiVersion: 'example.com/v1', kind: 'Thing' })).toBeUndefined();
});

test('a failure is a Status under v1', () => {
  const status = {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: { continue: 'fresh' },
    status: 'Failure',
    message: 'gone',
    reason: 'Expired',
    details: { name: 'x', causes: [{ reason: 'a', message: 'b', field: 'c' }], retryAfterSeconds: 1 },
    code: 410,
  };
  expect(decodeProtobuf(encodeProtobuf(status) as Buffer)).toEqual(status);
});
