import { classify } from '../../../runtime/apiserver/fairness/classify';
import { fairnessConfig } from '../../../runtime/apiserver/fairness/config';
import { seatsOf } from '../../../runtime/apiserver/fairness/seats';
import { parseRequest } from '../../../runtime/apiserver/http/request-info';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../runtime/kube/generated/types/flowcontrol-v1';

type Rules = NonNullable<FlowSchema['spec']>['rules'];

const schema = (name: string, rules: Rules, more: Partial<FlowSchema['spec']> = {}): FlowSchema => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name },
  spec: { priorityLevelConfiguration: { name: 'work' }, rules, ...more },
});
const level = (name: string, limited: object = {}): PriorityLevelConfiguration => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name },
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} }, ...limited } },
});

const ann = { name: 'ann', groups: ['devs', 'system:authenticated'] };
const robot = { name: 'system:serviceaccount:ns:robot', groups: ['system:serviceaccounts', 'system:authenticated'] };
const get = (url: string) => parseRequest('GET', url);
const pods = get('/api/v1/namespaces/a/pods');
const user = (name: string) => ({ kind: 'User', user: { name } });
const group = (name: string) => ({ kind: 'Group', group: { name } });
const account = (name: string) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'ns', name } });
const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };

describe('whether a schema takes a request', () => {
  const rule = (more: object) => [{ subjects: [user('*')], resourceRules: [{ ...all, ...more }] }];
  const paths = (...nonResourceURLs: string[]) => [
    { subjects: [user('*')], nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] },
  ];
  it.each<[string, Rules, string, boolean]>([
    ['by user', [{ subjects: [user('ann')], resourceRules: [all] }], '/api/v1/pods', true],
    ['another user', [{ subjects: [user('bob')], resourceRules: [all] }], '/api/v1/pods', false],
    ['by group', [{ subjects: [group('devs')], resourceRules: [all] }], '/api/v1/pods', true],
    ['another group', [{ subjects: [group('ops')], resourceRules: [all] }], '/api/v1/pods', false],
    ['a service account is no user', [{ subjects: [account('*')], resourceRules: [all] }], '/api/v1/pods', false],
    ['any of the subjects', [{ subjects: [user('bob'), group('devs')], resourceRules: [all] }], '/api/v1/pods', true],
    ['a resource', rule({ resources: ['pods'] }), '/api/v1/namespaces/a/pods/p', true],
    ['not its subresource', rule({ resources: ['pods'] }), '/api/v1/namespaces/a/pods/p/status', false],
    ['a subresource', rule({ resources: ['pods/status'] }), '/api/v1/namespaces/a/pods/p/status', true],
    ['an API group', rule({ apiGroups: ['apps'] }), '/apis/apps/v1/deployments', true],
    ['another API group', rule({ apiGroups: ['apps'] }), '/api/v1/pods', false],
    ['a verb', rule({ verbs: ['create'] }), '/api/v1/pods', false],
    ['a namespace', rule({ namespaces: ['a'] }), '/api/v1/namespaces/a/pods', true],
    ['another namespace', rule({ namespaces: ['b'] }), '/api/v1/namespaces/a/pods', false],
    ['cluster scope only', rule({ namespaces: undefined }), '/api/v1/namespaces/a/pods', false],
    ['no cluster scope', rule({ clusterScope: false }), '/api/v1/nodes', false],
    ['a path', paths('/healthz'), '/healthz', true],
    ['a path with more', paths('/healthz/*'), '/healthz/ping', true],
    ['another path', paths('/healthz'), '/livez', false],
    ['a rule for resources takes no path', rule({}), '/healthz', false],
  ])('%s', (_name, rules, url, expected) => {
    const config = fairnessConfig([schema('s', rules)], [level('work')]);
    expect(classify(config, ann, get(url))?.schema.metadata.name === 's').toBe(expected);
  });

  it('by service account', () => {
    for (const name of ['robot', '*']) {
      const config = fairnessConfig(
        [schema('s', [{ subjects: [account(name)], resourceRules: [all] }])],
        [level('work')],
      );
      expect(classify(config, robot, pods)?.schema.metadata.name).toBe('s');
    }
  });
});

describe('which schema takes it', () => {
  const anybody: Rules = [{ subjects: [user('*')], resourceRules: [all] }];

  it('the lowest precedence, and of equal ones the first by name', () => {
    const schemas = [
      schema('c', anybody, { matchingPrecedence: 200 }),
      schema('b', anybody, { matchingPrecedence: 100 }),
      schema('a', anybody, { matchingPrecedence: 200 }),
    ];
    const config = fairnessConfig(schemas, [level('work')]);
    expect(config.schemas.map(({ metadata }) => metadata.name)).toEqual(['exempt', 'b', 'a', 'c', 'catch-all']);
    expect(classify(config, ann, pods)?.schema.metadata.name).toBe('b');
  });

  it('one whose priority level does not exist takes nothing', () => {
    expect(classify(fairnessConfig([schema('s', anybody)], []), ann, pods)?.schema.metadata.name).toBe('catch-all');
  });

  it('administrators are exempt, and everybody has a place, without any object', () => {
    const config = fairnessConfig([], []);
    expect(classify(config, { name: 'root', groups: ['system:masters'] }, pods)?.level).toMatchObject({ exempt: true });
    expect(classify(config, ann, pods)).toMatchObject({ level: { name: 'catch-all' }, key: 'catch-all/ann' });
    const nobody = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
    expect(classify(config, nobody, get('/healthz'))?.level.name).toBe('catch-all');
  });

  it.each([
    ['ByUser', 's/ann'],
    ['ByNamespace', 's/a'],
    [undefined, 's/'],
  ])('flows are told apart %s', (type, key) => {
    const more = type === undefined ? {} : { distinguisherMethod: { type } };
    expect(classify(fairnessConfig([schema('s', anybody, more)], [level('work')]), ann, pods)?.key).toBe(key);
  });
});

it.each<[string, string, string, number, number]>([
  ['one object', 'GET', '/api/v1/namespaces/a/pods/p', 10_000, 1],
  ['a write', 'POST', '/api/v1/namespaces/a/pods', 10_000, 1],
  ['a short list', 'GET', '/api/v1/pods', 100, 1],
  ['a longer list', 'GET', '/api/v1/pods', 101, 2],
  ['a very long list', 'GET', '/api/v1/pods', 1_000_000, 10],
  ['a page of it', 'GET', '/api/v1/pods?limit=500', 1_000_000, 5],
  ['a page that must be looked for', 'GET', '/api/v1/pods?limit=400&labelSelector=a', 1_000_000, 8],
  ['one object of a list', 'GET', '/api/v1/pods?fieldSelector=metadata.name=a', 10_000, 1],
  ['a watch that begins with the state', 'GET', '/api/v1/pods?watch=true&resourceVersion=0', 500, 5],
  ['a streamed list', 'GET', '/api/v1/pods?watch=true&resourceVersion=9&sendInitialEvents=true', 500, 5],
  ['a watch that goes on', 'GET', '/api/v1/pods?watch=true&resourceVersion=9', 10_000, 1],
  ['a deleted collection', 'DELETE', '/api/v1/namespaces/a/pods', 500, 5],
])('%s takes its seats', (_name, method, url, count, seats) => {
  expect(seatsOf(parseRequest(method, url), count)).toBe(seats);
});
