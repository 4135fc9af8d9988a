import { kindFor, kinds } from '../../../runtime/kube/kinds';
import { apiVersionOf } from '../../../runtime/kube/resource';

test('kinds are found by what a manifest says', () => {
  for (const kind of kinds) expect(kindFor(apiVersionOf(kind.resource), kind.resource.kind)).toBe(kind);
  expect(kindFor('apps/v1', 'Deployment')).toBe(kinds.find(({ resource }) => resource.plural === 'deployments'));
  expect(kindFor('v1', 'Pod')).toBe(kinds.find(({ resource }) => resource.plural === 'pods'));
  expect(kindFor('v1', 'Deployment')).toBeUndefined();
});

test('every kind leads its row with the name, but for events', () => {
  for (const kind of kinds) {
    const lead = kind.columns.find((column) => column.format === 'name');
    expect(lead).toMatchObject({ name: 'Name', type: 'string' });
    if (kind.resource.kind !== 'Event') expect(kind.columns[0]).toBe(lead);
  }
});
