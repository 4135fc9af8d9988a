import { NodeAuthorizer } from '../../../runtime/apiserver/auth/authz/node/authorizer';
import { CachedNodeFacts, type NodeFacts } from '../../../runtime/apiserver/auth/authz/node/graph';
import { podReferences } from '../../../runtime/apiserver/auth/authz/node/pod-references';
import { openPaths } from '../../../runtime/apiserver/auth/authz/open-paths';
import { anonymous, type User } from '../../../runtime/apiserver/auth/user';
import { parseRequest } from '../../../runtime/apiserver/http/request-info';
import { Cache } from '../../../runtime/apiserver/watch/cache';
import type { Pod } from '../../../runtime/kube/generated/types';
import { MemoryStore } from '../../../runtime/store/memory-store';
import { silentLogger } from '../../../runtime/util/logger';

const node: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const impostor: User = { name: 'system:node:n1', groups: ['system:authenticated'] };

/** Pod `mine` is on n1 and refers to secret `s`, config map `c` and account `a`; pod `theirs` is on n2. */
const facts: NodeFacts = {
  podIsOn: (name, namespace, pod) =>
    namespace !== 'ns' ? undefined : pod === 'mine' ? name === 'n1' : pod === 'theirs' ? name === 'n2' : undefined,
  refersTo: (name, kind, namespace, object) =>
    name === 'n1' &&
    namespace === 'ns' &&
    ['secrets/s', 'configmaps/c', 'serviceaccounts/a'].includes(`${kind}/${object}`),
};

const authorizer = new NodeAuthorizer(facts);
const may = (user: User, request: string) => {
  const [method = '', path = ''] = request.split(' ');
  return authorizer.authorize(user, parseRequest(method, path)).allowed;
};

describe('anybody', () => {
  const open = (request: string) => {
    const [method = '', path = ''] = request.split(' ');
    return openPaths.authorize(anonymous, parseRequest(method, path)).allowed;
  };

  it.each(['GET /livez', 'GET /readyz/ping', 'GET /healthz', 'GET /version', 'GET /ca', 'POST /join'])(
    'may %s',
    (request) => expect(open(request)).toBe(true),
  );

  it.each([
    'GET /',
    'GET /api',
    'GET /apis/apps/v1',
    'GET /openapi/v3',
    'GET /openid/v1/jwks',
    'GET /api/v1/namespaces',
    'GET /livezz',
    'GET /metrics',
  ])('may not %s', (request) => expect(open(request)).toBe(false));
});

describe('somebody who is named as a node and is none', () => {
  it('may nothing', () => expect(may(impostor, 'GET /api/v1/nodes')).toBe(false));
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
    'GET /api/v1/namespaces/ns/serviceaccounts/a',
    'POST /api/v1/namespaces/ns/serviceaccounts/a/token',
    'POST /apis/storage.k8s.io/v1/csinodes',
    'PATCH /apis/storage.k8s.io/v1/csinodes/n1',
    'POST /apis/certificates.k8s.io/v1/certificatesigningrequests',
    'GET /apis/certificates.k8s.io/v1/certificatesigningrequests/x',
    'POST /apis/authentication.k8s.io/v1/tokenreviews',
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
    'GET /api/v1/namespaces/ns/serviceaccounts/b',
    'POST /api/v1/namespaces/ns/serviceaccounts/b/token',
    'POST /api/v1/namespaces/other/serviceaccounts/a/token',
    'PUT /api/v1/namespaces/ns/serviceaccounts/a',
    'GET /api/v1/namespaces/ns/pods/mine/attach',
    'GET /api/v1/namespaces/ns/pods/mine/portforward',
    'PATCH /apis/storage.k8s.io/v1/csinodes/n2',
    'PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval',
    'GET /apis/rbac.authorization.k8s.io/v1/clusterroles',
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
      metadata: { name: 'web' },
      spec: {
        serviceAccountName: 'account',
        imagePullSecrets: [{ name: 's-pull' }],
        initContainers: [env('init')],
        containers: [env('main')],
        ephemeralContainers: [env('debug')],
        volumes: [
          { name: 'claimed', persistentVolumeClaim: { claimName: 'claim' } },
          { name: 'scratch', ephemeral: {} },
          { name: 'a', secret: { secretName: 's-volume' } },
          { name: 'b', configMap: { name: 'c-volume' } },
          {
            name: 'c',
            projected: { sources: [{ secret: { name: 's-projected' } }, { configMap: { name: 'c-projected' } }] },
          },
        ],
      },
    } as Pod;
    const each = ['init', 'main', 'debug'];
    const secrets = ['pull', 'volume', 'projected', ...each.flatMap((e) => [`env-${e}`, `from-${e}`])];
    const maps = ['volume', 'projected', ...each.flatMap((e) => [`env-${e}`, `from-${e}`])];
    expect([...podReferences(pod)].sort()).toEqual(
      [
        ...secrets.map((name) => `secrets/s-${name}`),
        ...maps.map((name) => `configmaps/c-${name}`),
        'serviceaccounts/account',
        'persistentvolumeclaims/claim',
        'persistentvolumeclaims/web-scratch',
      ].sort(),
    );
  });
});

describe('the graph of nodes and objects', () => {
  const kinds = ['secrets', 'configmaps', 'serviceaccounts', 'persistentvolumeclaims'] as const;
  const namespaces = ['a', 'b'];
  const nodes = ['n1', 'n2', 'n3'];
  const names = ['x', 'y', 'z'];
  const put = (store: MemoryStore, key: string, object: object, revision = 0) =>
    store.put(key, Buffer.from(JSON.stringify(object)), revision);
  /** A pod that refers to one object of each kind, all of one name. */
  const podOf = (namespace: string, name: string, nodeName: string | undefined, object: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName,
      serviceAccountName: object,
      containers: [],
      volumes: [
        { name: 's', secret: { secretName: object } },
        { name: 'c', configMap: { name: object } },
        { name: 'p', persistentVolumeClaim: { claimName: object } },
      ],
    },
  });

  it('has a pair of node and object exactly where a pod on the node refers to the object, whatever came before', async () => {
    const store = new MemoryStore();
    const cache = await Cache.open(store, silentLogger, () => {});
    const facts = new CachedNodeFacts(cache);
    /** What is so, kept the simple way: pod → where it is and what it names. */
    const pods = new Map<string, { namespace: string; node?: string; object: string; revision: number }>();
    let state = 7;
    const pick = <T>(list: readonly T[]): T => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return list[(state >>> 8) % list.length] as T;
    };
    for (let step = 0; step < 60; step++) {
      const namespace = pick(namespaces);
      const name = pick(['p1', 'p2', 'p3']);
      const key = `/registry/core/pods/${namespace}/${name}`;
      const known = pods.get(key);
      if (known && pick([true, false])) {
        await store.delete(key, known.revision);
        pods.delete(key);
      } else {
        const node = pick([...nodes, undefined]);
        const object = pick(names);
        const { revision } = await put(store, key, podOf(namespace, name, node, object), known?.revision ?? 0);
        pods.set(key, { namespace, node, object, revision });
      }
      await cache.fresh();
      for (const at of nodes) {
        for (const where of namespaces) {
          for (const what of names) {
            const related = [...pods.values()].some((p) => p.node === at && p.namespace === where && p.object === what);
            for (const kind of kinds)
              expect([step, at, kind, where, what, facts.refersTo(at, kind, where, what)]).toEqual([
                step,
                at,
                kind,
                where,
                what,
                related,
              ]);
          }
        }
      }
    }
    await cache.stop();
    await store.close();
  });

  it('has a volume where a claim of a pod on the node is bound to it', async () => {
    const store = new MemoryStore();
    await put(store, '/registry/core/pods/a/p', podOf('a', 'p', 'n1', 'claim'));
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim', namespace: 'a' } };
    await put(store, '/registry/core/persistentvolumeclaims/a/claim', { ...claim, spec: { volumeName: 'v' } });
    const cache = await Cache.open(store, silentLogger, () => {});
    const facts = new CachedNodeFacts(cache);
    expect(facts.refersTo('n1', 'persistentvolumes', '', 'v')).toBe(true);
    expect(facts.refersTo('n1', 'persistentvolumes', '', 'w')).toBe(false);
    expect(facts.refersTo('n2', 'persistentvolumes', '', 'v')).toBe(false);
    await cache.stop();
    await store.close();
  });
});
