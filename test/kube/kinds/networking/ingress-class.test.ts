import type { IngressClass, IngressClassParametersReference } from '../../../../runtime/kube/generated/types';
import { created, minimal, row, testCreates, testUpdates } from '../fixtures';

const set = (spec: IngressClass['spec']) => (c: IngressClass) => void Object.assign(c.spec ?? {}, spec);
const parameters = (value: Partial<IngressClassParametersReference>) =>
  set({ parameters: { kind: 'Config', name: 'a', ...value } });

test('parameters are of the cluster unless said', () => {
  const ingressClass = minimal.ingressClass();
  parameters({})(ingressClass);
  expect(created(ingressClass).spec?.parameters).toEqual({ kind: 'Config', name: 'a', scope: 'Cluster' });
});

testCreates(minimal.ingressClass, [
  ['no controller', set({ controller: '' }), 'spec.controller: Required value'],
  [
    'controller without a domain',
    set({ controller: 'nginx' }),
    'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  [
    'controller too long',
    set({ controller: `a.io/${'b'.repeat(250)}` }),
    'spec.controller: Too long: may not be more than 250 bytes',
  ],
  ['parameters in a namespace', parameters({ scope: 'Namespace', namespace: 'default' })],
  [
    'parameters in no namespace',
    parameters({ scope: 'Namespace' }),
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
  [
    'parameters of the cluster in a namespace',
    parameters({ namespace: 'default' }),
    "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
  ],
  [
    'scope',
    parameters({ scope: 'X' }),
    'spec.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"',
  ],
  ['no kind', parameters({ kind: '' }), 'spec.parameters.kind: Required value'],
]);

testUpdates(minimal.ingressClass, [
  ['may get parameters', parameters({})],
  [
    'may not get another controller',
    set({ controller: 'a.io/b' }),
    'spec.controller: Invalid value: "a.io/b": field is immutable',
  ],
]);

test('row', () => {
  const ingressClass = minimal.ingressClass();
  expect(row(ingressClass)).toEqual(['nginx', 'example.com/nginx', '<none>', '<unknown>']);
  parameters({ apiGroup: 'a.io' })(ingressClass);
  expect(row(ingressClass)[2]).toBe('Config.a.io/a');
});
