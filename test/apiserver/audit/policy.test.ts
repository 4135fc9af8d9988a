import { defaultPolicy } from '../../../runtime/apiserver/audit/default-policy';
import { type Attributes, recordingOf } from '../../../runtime/apiserver/audit/policy';
import { type Policy, PolicySchema } from '../../../runtime/config/audit-policy';

const policy = (rules: unknown[], more: object = {}): Policy =>
  PolicySchema.parse({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more });

const pod: Attributes = {
  user: 'ann',
  groups: ['devs', 'system:authenticated'],
  verb: 'get',
  path: '/api/v1/namespaces/a/pods/p',
  resource: { group: '', plural: 'pods', namespace: 'a', name: 'p' },
};
const at = (resource: Partial<Attributes['resource']>, more: Partial<Attributes> = {}): Attributes => ({
  ...pod,
  ...more,
  resource: { ...(pod.resource as NonNullable<Attributes['resource']>), ...resource },
});
const health: Attributes = { user: 'ann', groups: [], verb: 'get', path: '/healthz/ping' };

describe('which rule a request falls under', () => {
  const pods = (resources: string[], more: object = {}) => ({ resources: [{ group: '', resources, ...more }] });
  it.each<[string, object, Attributes, boolean]>([
    ['a rule without conditions takes everything', {}, pod, true],
    ['… what is no resource too', {}, health, true],
    ['a user', { users: ['ann'] }, pod, true],
    ['another user', { users: ['bob'] }, pod, false],
    ['one of the groups', { userGroups: ['ops', 'devs'] }, pod, true],
    ['a verb', { verbs: ['list'] }, pod, false],
    ['all conditions together', { users: ['ann'], verbs: ['list'] }, pod, false],
    ['a namespace', { namespaces: ['a'] }, pod, true],
    ['another namespace', { namespaces: ['b'] }, pod, false],
    ['what has no namespace', { namespaces: [''] }, at({ namespace: undefined }), true],
    ['a namespace is never what is no resource', { namespaces: [''] }, health, false],
    ['a group', { resources: [{ group: '' }] }, pod, true],
    ['another group', { resources: [{ group: 'apps' }] }, pod, false],
    ['a group covers subresources', { resources: [{ group: '' }] }, at({ subresource: 'log' }), true],
    ['a resource', pods(['pods']), pod, true],
    ['a resource is not its subresources', pods(['pods']), at({ subresource: 'log' }), false],
    ['a subresource', pods(['pods/log']), at({ subresource: 'log' }), true],
    ['all subresources of a resource', pods(['pods/*']), at({ subresource: 'log' }), true],
    ['… are not the resource', pods(['pods/*']), pod, false],
    ['a subresource of anything', pods(['*/scale']), at({ subresource: 'scale' }), true],
    ['everything of the group', pods(['*']), at({ subresource: 'log' }), true],
    ['a name', pods(['pods'], { resourceNames: ['p'] }), pod, true],
    ['another name', pods(['pods'], { resourceNames: ['q'] }), pod, false],
    ['a path', { nonResourceURLs: ['/healthz/ping'] }, health, true],
    ['a path with more behind it', { nonResourceURLs: ['/healthz*'] }, health, true],
    ['another path', { nonResourceURLs: ['/healthz'] }, health, false],
    ['a path is never a resource', { nonResourceURLs: ['*'] }, pod, false],
  ])('%s', (_name, conditions, request, expected) => {
    const level = recordingOf(policy([{ level: 'Metadata', ...conditions }]), request).level;
    expect(level).toBe(expected ? 'Metadata' : 'None');
  });

  it('the first that matches decides', () => {
    const both = policy([{ level: 'None', verbs: ['get'] }, { level: 'Request' }]);
    expect(recordingOf(both, pod).level).toBe('None');
    expect(recordingOf(both, { ...pod, verb: 'list' }).level).toBe('Request');
  });

  it('stages left out by the policy and by the rule add up; the rule decides on managed fields', () => {
    const rules = [{ level: 'Request', omitStages: ['Panic'], omitManagedFields: false }];
    const both = policy(rules, { omitStages: ['RequestReceived'], omitManagedFields: true });
    expect(recordingOf(both, pod)).toEqual({
      level: 'Request',
      omitStages: ['RequestReceived', 'Panic'],
      omitManagedFields: false,
    });
  });
});

describe('a policy that cannot be', () => {
  it.each<[string, object, string]>([
    ['no rules', { rules: [] }, 'must have at least one rule'],
    ['another level', { rules: [{ level: 'All' }] }, 'Invalid option'],
    ['a field that we do not know', { rules: [{ level: 'None', user: ['a'] }] }, 'Unrecognized key'],
    [
      'paths and resources in one rule',
      { rules: [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['b'] }] },
      'rules cannot apply to both regular resources and non-resource URLs',
    ],
    ['a path without a slash', { rules: [{ level: 'None', nonResourceURLs: ['a'] }] }, 'must begin with a "/"'],
    ['a star inside a path', { rules: [{ level: 'None', nonResourceURLs: ['/*/a'] }] }, 'must be the final character'],
    [
      'names without a resource',
      { rules: [{ level: 'None', resources: [{ group: '', resourceNames: ['a'] }] }] },
      'using resourceNames requires at least one resource',
    ],
    ['a group with a version', { rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] }, 'without a version'],
    ['another version', { apiVersion: 'audit.k8s.io/v1beta1', rules: [{ level: 'None' }] }, 'audit.k8s.io/v1'],
  ])('%s', (_name, value, message) => {
    const result = PolicySchema.safeParse({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...value });
    expect(JSON.stringify(result.error?.issues)).toContain(JSON.stringify(message).slice(1, -1));
  });
});

describe('the default policy', () => {
  const node = { user: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
  const internal = { user: 'system:internal', groups: ['system:masters'] };
  const lease = { group: 'coordination.k8s.io', plural: 'leases', namespace: 'kube-node-lease', name: 'a' };

  it('is one that a user could have written', () => {
    expect(PolicySchema.safeParse(defaultPolicy).success).toBe(true);
  });

  it.each<[string, Attributes, string]>([
    ['a heartbeat is not recorded', at(lease, { ...node, verb: 'patch' }), 'None'],
    ['… of another than a node it is', at(lease, { verb: 'patch' }), 'Metadata'],
    ['a health check is not', health, 'None'],
    ['what controllers read is not', at({}, { ...internal, verb: 'list' }), 'None'],
    ['what controllers write is', at({}, { ...internal, verb: 'create' }), 'Metadata'],
    ['a read secret is, by a node too', at({ plural: 'secrets' }, { ...node }), 'Metadata'],
    ['what a user reads is', pod, 'Metadata'],
    ['a join is', { user: 'system:anonymous', groups: [], verb: 'post', path: '/join' }, 'Metadata'],
  ])('%s', (_name, request, level) => {
    expect(recordingOf(defaultPolicy, request).level).toBe(level);
  });
});
