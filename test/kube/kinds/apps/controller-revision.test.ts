import { created, minimal, rowOf, testCreates, testUpdates } from '../fixtures';

testCreates(minimal.controllerRevision, [
  ['no data', (revision) => void delete revision.data, 'data: Required value: data is mandatory'],
  [
    'negative number',
    (revision) => void Object.assign(revision, { revision: -1 }),
    'revision: Invalid value: -1: must be greater than or equal to 0',
  ],
]);

describe('update', () => {
  testUpdates(minimal.controllerRevision, [
    ['of the number', (revision) => void Object.assign(revision, { revision: 2 })],
    [
      'of the data',
      (revision) => void Object.assign(revision, { data: { spec: 1 } }),
      'data: Invalid value: {"spec":1}: field is immutable',
    ],
  ]);
});

test('row', () => {
  const revision = created(minimal.controllerRevision());
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true };
  expect(rowOf(revision)).toEqual(['web', '<none>', 1, '<unknown>']);
  revision.metadata.ownerReferences = [owner];
  expect(rowOf(revision)[1]).toBe('statefulset.apps/web');
});
