import { createKeyAndRequest } from '../../runtime/pki/request';
import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';

const cluster = useCluster();

describe('[sig-auth] Certificates API [Privileged:ClusterAdmin]', () => {
  it('should support CSR API operations [Conformance]', async () => {
    const { server } = cluster();
    const group = '/apis/certificates.k8s.io';
    const path = `${group}/v1/certificatesigningrequests`;
    expect(must(await server.get('/apis')).groups.map(({ name }: Json) => name)).toContain('certificates.k8s.io');
    expect(must(await server.get(group)).versions).toContainEqual({
      groupVersion: 'certificates.k8s.io/v1',
      version: 'v1',
    });
    const { resources } = must(await server.get(`${group}/v1`));
    for (const name of [
      'certificatesigningrequests',
      'certificatesigningrequests/approval',
      'certificatesigningrequests/status',
    ]) {
      expect(resources.map((resource: Json) => resource.name)).toContain(name);
    }

    const made = await createKeyAndRequest({ commonName: 'e2e', organizations: [] });
    const labels = { special: 'label' };
    const template = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { generateName: 'e2e-example-csr-', labels },
      spec: {
        request: Buffer.from(made.request).toString('base64'),
        signerName: 'example.com/e2e',
        expirationSeconds: 3600,
        usages: ['digital signature', 'key encipherment', 'server auth'],
      },
    };
    const list = `${path}?labelSelector=special%3Dlabel`;
    for (let i = 0; i < 2; i++) must(await server.post(path, template), 201);
    const csr = must(await server.post(path, template), 201);
    const own = `${path}/${csr.metadata.name}`;
    expect(must(await server.get(own)).metadata.uid).toBe(csr.metadata.uid);
    const { items, metadata } = must(await server.get(list));
    expect(items).toHaveLength(3);
    const watch = await server.watch(`${list}&watch=1&resourceVersion=${metadata.resourceVersion}`);

    const patched = must(await server.patch(own, 'merge', { metadata: { annotations: { patched: 'true' } } }));
    expect(patched.metadata.annotations.patched).toBe('true');
    const annotations = { ...patched.metadata.annotations, updated: 'true' };
    const updated = must(await server.put(own, { ...patched, metadata: { ...patched.metadata, annotations } }));
    expect(updated.metadata.annotations.updated).toBe('true');
    await eventsUntil(
      watch,
      ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.updated === 'true',
    );

    expect(must(await server.get(`${own}/approval`)).metadata.uid).toBe(csr.metadata.uid);
    const approval = {
      metadata: { annotations: { patchedapproval: 'true' } },
      status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] },
    };
    const approved = must(await server.patch(`${own}/approval`, 'merge', approval));
    expect(approved.status.conditions.map(({ type }: Json) => type)).toEqual(['ApprovalPatch']);
    const more = { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' };
    approved.status.conditions.push(more);
    const twice = must(await server.put(`${own}/approval`, approved));
    expect(twice.status.conditions.map(({ type }: Json) => type)).toEqual(['ApprovalPatch', 'Approved']);

    expect(must(await server.get(`${own}/status`)).metadata.uid).toBe(csr.metadata.uid);
    const certificate = Buffer.from(server.ca.cert).toString('base64');
    const signed = must(
      await server.patch(`${own}/status`, 'merge', {
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { certificate },
      }),
    );
    expect(signed.status.certificate).toBe(certificate);
    expect(signed.metadata.annotations.patchedstatus).toBe('true');
    signed.status.conditions.push({
      type: 'StatusUpdate',
      status: 'True',
      reason: 'E2E',
      message: 'Set from an e2e test',
    });
    const last = must(await server.put(`${own}/status`, signed));
    expect(last.status.conditions.map(({ type }: Json) => type)).toEqual(['ApprovalPatch', 'Approved', 'StatusUpdate']);

    must(await server.delete(own));
    expect((await server.get(own)).status).toBe(404);
    await eventsUntil(watch, ({ type, object }) => type === 'DELETED' && object.metadata.uid === csr.metadata.uid);
    watch.close();
    expect(must(await server.get(list)).items).toHaveLength(2);
    must(await server.delete(list));
    expect(must(await server.get(list)).items).toEqual([]);
  });
});

describe('[sig-auth] SubjectReview', () => {
  it('should support SubjectReview API operations [Conformance]', async () => {
    const { server } = cluster();
    const namespace = await cluster().namespace();
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    must(await server.post(accounts, { metadata: { name: 'e2e' } }), 201);
    const user = `system:serviceaccount:${namespace}:e2e`;
    const api = '/apis/authorization.k8s.io/v1';
    const headers = { 'impersonate-user': user };
    const resourceAttributes = { verb: 'list', resource: 'configmaps', version: 'v1', namespace };
    const spec = { user, resourceAttributes };

    const sar = must(await server.post(`${api}/subjectaccessreviews`, { spec }), 201);
    expect(sar.status).toEqual({ allowed: false });
    expect((await server.get(`/api/v1/namespaces/${namespace}/configmaps`, { headers })).status).toBe(403);
    const local = `${api}/namespaces/${namespace}/localsubjectaccessreviews`;
    const lsar = must(await server.post(local, { metadata: { namespace }, spec }), 201);
    expect(lsar.status).toEqual(sar.status);

    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ kind: 'ServiceAccount', name: 'e2e', namespace }];
    const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    must(await server.post(bindings, { metadata: { name: 'e2e' }, roleRef, subjects }), 201);
    await cluster().until('the default role view to be put together', async () => {
      const { status } = must(await server.post(`${api}/subjectaccessreviews`, { spec }), 201);
      return status.allowed === true;
    });
    expect(must(await server.post(local, { metadata: { namespace }, spec }), 201).status.allowed).toBe(true);
    must(await server.get(`/api/v1/namespaces/${namespace}/configmaps`, { headers }));
  });
});
