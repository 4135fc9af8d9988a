import { authorize, type NodeFacts } from '../../runtime/apiserver/auth/authorizer';
import { podReferences } from '../../runtime/apiserver/auth/pod-references';
import { anonymous, internalUser, type User } from '../../runtime/apiserver/auth/user';
import { parseRequest } from '../../runtime/apiserver/http/request-info';
import type { Pod } from '../../runtime/kube/generated/types';

const node: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const stranger: User = { name: 'jane', groups: ['system:authenticated'] };
const impostor: User = { name: 'system:node:n1', groups: ['system:authenticated'] };

/** Pod `mine` is on n1 and refers to secret `s` and config map `c`; pod `theirs` is on n2. */
const facts: NodeFacts = {
  podIsOn: (name, namespace, pod) =>
    namespace !== 'ns' ? undefined : pod === 'mine' ? name === 'n1' : pod === 'theirs' ? name === 'n2' : undefined,
  refersTo: (name, kind, namespace, object) =>
    name === 'n1' && namespace === 'ns' && object === (kind === 'secrets' ? 's' : 'c'),
};

const may = (user: User, request: string) => {
  const [method = '', path = ''] = request.split(' ');
  return authorize(user, parseRequest(method, path), facts).allowed;
};

describe('administrators and the server itself', () => {
  it.each(['DELETE /api/v1/namespaces/ns/secrets/s', 'GET /anything', 'POST /api/v1/namespaces/ns/pods/p/exec'])(
    'may %s',
    (request) => {
      expect(may({ name: 'root', groups: ['system:masters'] }, request)).toBe(true);
      expect(may(internalUser, request)).toBe(true);
    },
  );
});

describe('anybody', () => {
  it.each(['GET /livez', 'GET /readyz/ping', 'GET /healthz', 'GET /version', 'GET /ca', 'POST /join'])(
    'may %s',
    (request) => {
      expect(may(anonymous, request)).toBe(true);
    },
  );

  it.each([
    'GET /',
    'GET /api',
    'GET /apis/apps/v1',
    'GET /openapi/v3',
    'GET /api/v1/namespaces',
    'GET /livezz',
    'GET /metrics',
  ])('may not %s', (request) => expect(may(anonymous, request)).toBe(false));

  it('who is known may see what is served, and no object', () => {
    expect(may(stranger, 'GET /apis/apps/v1')).toBe(true);
    expect(may(stranger, 'GET /api/v1/namespaces/ns/configmaps/c')).toBe(false);
    expect(may(impostor, 'GET /api/v1/nodes')).toBe(false);
  });
});

describe('a node', () => {
  it.each([
    'GET /api/v1/nodes',
    'GET /api/v1/nodes?watch=1',
    'GET /api/v1/nodes/n2',
    'POST /api/v1/nodes',
    'PATCH /api/v1/nodes/n1',
    'PATCH /api/v1/nodes/n1/status',
    'GET /api/v1/services?watch=true',
    'GET /apis/discovery.k8s.io/v1/endpointslices',
    'GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn1&watch=true',
    'GET /api/v1/pods?fieldSelector=spec.nodeName==n1,status.phase!=Failed',
    'GET /api/v1/namespaces/ns/pods/mine',
    'GET /api/v1/namespaces/ns/pods/gone',
    'PATCH /api/v1/namespaces/ns/pods/mine/status',
    'DELETE /api/v1/namespaces/ns/pods/mine',
    'POST /api/v1/namespaces/ns/pods/mine/eviction',
    'GET /api/v1/namespaces/ns/secrets/s',
    'GET /api/v1/namespaces/ns/secrets?fieldSelector=metadata.name%3Ds&watch=true',
    'GET /api/v1/namespaces/ns/configmaps/c',
    'POST /api/v1/namespaces/ns/events',
    'PATCH /api/v1/namespaces/ns/events/e',
    'POST /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1',
  ])('may %s', (request) => expect(may(node, request)).toBe(true));

  it.each([
    'PATCH /api/v1/nodes/n2',
    'PUT /api/v1/nodes/n2/status',
    'DELETE /api/v1/nodes/n1',
    'DELETE /api/v1/nodes',
    'POST /api/v1/namespaces/ns/services',
    'GET /api/v1/pods',
    'GET /api/v1/pods?fieldSelector=spec.nodeName=n2',
    'GET /api/v1/pods?fieldSelector=spec.nodeName!=n1',
    'GET /api/v1/namespaces/ns/pods/theirs',
    'PATCH /api/v1/namespaces/ns/pods/mine',
    'PATCH /api/v1/namespaces/ns/pods/theirs/status',
    'DELETE /api/v1/namespaces/ns/pods/theirs',
    'DELETE /api/v1/namespaces/ns/pods',
    'POST /api/v1/namespaces/ns/pods',
    'POST /api/v1/namespaces/ns/pods/mine/exec',
    'GET /api/v1/namespaces/ns/pods/mine/exec',
    'GET /api/v1/namespaces/ns/pods/mine/log',
    'POST /api/v1/namespaces/ns/pods/mine/binding',
    'GET /api/v1/secrets',
    'GET /api/v1/namespaces/ns/secrets',
    'GET /api/v1/namespaces/ns/secrets/c',
    'GET /api/v1/namespaces/other/secrets/s',
    'PUT /api/v1/namespaces/ns/secrets/s',
    'GET /api/v1/namespaces/ns/secrets?fieldSelector=metadata.name!=s',
    'GET /api/v1/namespaces',
    'GET /api/v1/namespaces/ns/serviceaccounts',
    'GET /apis/apps/v1/namespaces/ns/deployments',
    'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2',
    'PUT /apis/coordination.k8s.io/v1/namespaces/ns/leases/n1',
  ])('may not %s', (request) => expect(may(node, request)).toBe(false));
});

describe('what a pod refers to', () => {
  it('is found in every kind of volume and container', () => {
    const env = (suffix: string) => ({
      name: suffix,
      image: 'i',
      env: [
        { name: 'A', valueFrom: { secretKeyRef: { name: `s-env-${suffix}`, key: 'k' } } },
        { name: 'B', valueFrom: { configMapKeyRef: { name: `c-env-${suffix}`, key: 'k' } } },
      ],
      envFrom: [{ secretRef: { name: `s-from-${suffix}` } }, { configMapRef: { name: `c-from-${suffix}` } }],
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {},
      spec: {
        imagePullSecrets: [{ name: 's-pull' }],
        initContainers: [env('init')],
        containers: [env('main')],
        ephemeralContainers: [env('debug')],
        volumes: [
          { name: 'a', secret: { secretName: 's-volume' } },
          { name: 'b', configMap: { name: 'c-volume' } },
          {
            name: 'c',
            projected: { sources: [{ secret: { name: 's-projected' } }, { configMap: { name: 'c-projected' } }] },
          },
        ],
      },
    } as Pod;
    const { secrets, configMaps } = podReferences(pod);
    const each = ['init', 'main', 'debug'];
    expect([...secrets].sort()).toEqual(
      ['s-pull', 's-volume', 's-projected', ...each.flatMap((e) => [`s-env-${e}`, `s-from-${e}`])].sort(),
    );
    expect([...configMaps].sort()).toEqual(
      ['c-volume', 'c-projected', ...each.flatMap((e) => [`c-env-${e}`, `c-from-${e}`])].sort(),
    );
  });
});
