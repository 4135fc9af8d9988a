import { compareVersions } from '../../runtime/kube/resource';

test('versions in the order in which Kubernetes prefers them', () => {
  const preferred = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10'];
  expect([...preferred].reverse().sort(compareVersions)).toEqual(preferred);
});
