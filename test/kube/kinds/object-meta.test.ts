import type { ConfigMap } from '../../../runtime/kube/generated/types';
import { created, minimal, problems, testCreates, testUpdates, updated } from './fixtures';

const meta = (values: object) => (object: ConfigMap) => void Object.assign(object.metadata, values);
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: '1' };
const example = "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'";

describe('on create', () => {
  testCreates(minimal.configMap, [
    ['no name', meta({ name: '' }), 'metadata.name: Required value: name or generateName is required'],
    ['a prefix for a name passes', meta({ name: undefined, generateName: 'a-' })],
    [
      'a bad prefix',
      meta({ generateName: 'A' }),
      "metadata.generateName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    ['no namespace', meta({ namespace: undefined }), 'metadata.namespace: Required value'],
    ['labels pass', meta({ labels: { 'example.com/a': '', b: 'C_d.e' } })],
    [
      'label key',
      meta({ labels: { 'a b': 'c' } }),
      `metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', ${example})`,
    ],
    [
      'label value too long',
      meta({ labels: { a: 'x'.repeat(64) } }),
      `metadata.labels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 characters`,
    ],
    ['annotation key with capitals in its prefix passes', meta({ annotations: { 'Example.com/A': 'any thing' } })],
    [
      'annotations too large',
      meta({ annotations: { a: 'x'.repeat(256 * 1024) } }),
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      'owners pass',
      meta({
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, uid: '2' },
        ],
      }),
    ],
    [
      'two controllers',
      meta({
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: 'b', controller: true },
        ],
      }),
      `metadata.ownerReferences: Invalid value: ${JSON.stringify([
        { ...owner, controller: true },
        { ...owner, name: 'b', controller: true },
      ])}: Only one reference can have Controller set to true. Found "true" in references for a and b`,
    ],
    [
      'owner without uid',
      meta({ ownerReferences: [{ ...owner, uid: '' }] }),
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    [
      'an event owns nothing',
      meta({ ownerReferences: [{ ...owner, apiVersion: 'v1', kind: 'Event' }] }),
      'metadata.ownerReferences: Invalid value: "v1, Kind=Event": is disallowed from being an owner',
    ],
    ['finalizers pass', meta({ finalizers: ['example.com/x', 'orphan'] })],
    [
      'finalizer of no domain',
      meta({ finalizers: ['mine'] }),
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
    [
      'orphan and foreground',
      meta({ finalizers: ['orphan', 'foregroundDeletion'] }),
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  ]);

  test('a namespace of a cluster-scoped object is left out', () => {
    const node = minimal.node();
    node.metadata.namespace = 'default';
    expect(created(node).metadata).toEqual(created(minimal.node()).metadata);
  });

  test('marks of a deletion are not the client’s to set', () => {
    const map = minimal.configMap();
    Object.assign(map.metadata, { deletionTimestamp: '2026-01-31T13:00:00Z', deletionGracePeriodSeconds: 0 });
    expect(created(map).metadata).toEqual(minimal.configMap().metadata);
  });
});

describe('on update', () => {
  const make = () => {
    const map = minimal.configMap();
    Object.assign(map.metadata, { uid: 'u1', creationTimestamp: '2026-01-31T13:00:00Z' });
    return map;
  };
  testUpdates(make, [
    ['labels may change', meta({ labels: { a: 'b' } })],
    ['what the server sets may be left out', meta({ uid: undefined, creationTimestamp: undefined })],
    ['name', meta({ name: 'other' }), 'metadata.name: Invalid value: "other": field is immutable'],
    ['uid', meta({ uid: 'u2' }), 'metadata.uid: Invalid value: "u2": field is immutable'],
    [
      'creation time',
      meta({ creationTimestamp: '2020-01-31T13:00:00Z' }),
      'metadata.creationTimestamp: Invalid value: "2020-01-31T13:00:00Z": field is immutable',
    ],
  ]);

  test('an object that goes gets no new finalizers, and keeps its marks', () => {
    const old = created(make());
    Object.assign(old.metadata, { deletionTimestamp: '2026-01-31T13:00:00Z', finalizers: ['a/b'] });
    expect(problems(() => updated(old, meta({ finalizers: ['a/b', 'c/d'] })))).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ["c/d"]',
    ]);
    expect(updated(old, meta({ deletionTimestamp: undefined, finalizers: [] })).metadata.deletionTimestamp).toBe(
      '2026-01-31T13:00:00Z',
    );
  });
});
