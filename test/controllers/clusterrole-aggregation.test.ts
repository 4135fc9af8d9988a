import { aggregatedRules } from '../../runtime/controllers/clusterrole-aggregation/controller';
import type { ClusterRole, PolicyRule } from '../../runtime/kube/generated/types';
import { clusterRoles } from '../../runtime/kube/resource';
import { FakeClock } from '../../runtime/util/fake-clock';
import { controlPlane } from './control-plane';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: ['x'], resources: [resource] });
const role = (name: string, labels: Record<string, string>, rules: PolicyRule[]): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
});

test('an aggregated role has the rules of those that it selects, each once', () => {
  const all: ClusterRole = {
    ...role('all', { pick: 'yes' }, [rule('own')]),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { pick: 'yes' } }, { matchLabels: { also: 'yes' } }] },
  };
  const others = [
    role('c', { also: 'yes' }, [rule('b'), rule('c')]),
    role('b', { pick: 'yes' }, [rule('b')]),
    role('d', {}, [rule('d')]),
  ];
  expect(aggregatedRules(all, [all, ...others])).toEqual([rule('b'), rule('c')]);
});

test('the default roles are put together, and a role that joins them is in all above it', async () => {
  const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
  const plane = await controlPlane(clock);
  const rulesOf = async (name: string) => (await plane.client.get(clusterRoles, { name })).rules ?? [];
  const until = async (done: () => Promise<boolean>) => {
    while (!(await done())) await clock.advance(50);
  };
  await until(async () => (await rulesOf('admin')).some(({ resources }) => resources?.includes('rolebindings')));
  await until(async () => (await rulesOf('admin')).some(({ resources }) => resources?.includes('pods/log')));
  const label = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  await plane.client.create(clusterRoles, role('widgets', label, [rule('widgets')]));
  await until(async () => {
    const found = await Promise.all(['view', 'edit', 'admin'].map(rulesOf));
    return found.every((rules) => rules.some(({ resources }) => resources?.includes('widgets')));
  });
  expect((await rulesOf('view')).some(({ resources }) => resources?.includes('secrets'))).toBe(false);
  await plane.stop();
});
