import { useCluster } from './support/cluster';

const cluster = useCluster();
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('[sig-api-machinery] Servers with support for Table transformation', () => {
  it('should return a 406 for a backend which does not implement metadata [Conformance]', async () => {
    // A Scale is computed for each answer: no rows, no columns.
    const namespace = await cluster().namespace();
    const base = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const template = {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'main', image: 'busybox:1' }] },
    };
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
    };
    expect((await cluster().server.post(base, body)).status).toBe(201);
    const refused = await cluster().server.get(`${base}/a/scale`, { headers: { accept: table } });
    expect(refused.status).toBe(406);
    expect(refused.json).toMatchObject({ kind: 'Status', reason: 'NotAcceptable', code: 406 });
    // Nor does a review, which is nothing that is kept.
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace, verb: 'get', resource: 'pods' } },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = await cluster().server.post(path, review, { headers: { accept: table } });
    expect(answer.status).toBe(406);
  });
});
