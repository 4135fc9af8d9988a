import { certificate, signingRequests } from '../kube/kinds/certificates/requests';
import { pathOf, tryApiOperations, writeStatus } from './support/api-operations';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

it('[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]', async () => {
  const resource = {
    groupVersion: 'certificates.k8s.io/v1',
    plural: 'certificatesigningrequests',
    kind: 'CertificateSigningRequest',
  };
  const make = () => ({
    spec: {
      request: signingRequests.ec,
      signerName: 'example.com/e2e',
      usages: ['client auth'],
      expirationSeconds: 3600,
    },
  });
  const condition = (type: string) => ({ conditions: [{ type, status: 'True', reason: 'Test' }] });
  await tryApiOperations(cluster(), {
    ...resource,
    make,
    status: { path: 'approval', patch: condition('ApprovalPatch'), update: condition('ApprovalUpdate') },
  });

  const { server } = cluster();
  const own = `${pathOf(resource)}/signed`;
  const made = must(await server.post(pathOf(resource), { ...make(), metadata: { name: 'signed' } }), 201);
  expect(made.spec).toMatchObject({ username: 'admin', groups: expect.arrayContaining(['system:masters']) });
  must(await server.patch(`${own}/approval`, 'merge', { status: condition('Approved') }));
  const approved = must(await server.get(own));
  expect(approved.status.conditions).toMatchObject([{ type: 'Approved', lastTransitionTime: expect.any(String) }]);
  const more = { conditions: [...approved.status.conditions, { type: 'StatusUpdate', status: 'True' }] };
  await writeStatus(cluster(), own, { patch: { certificate }, update: more });
  must(await server.delete(own));
});
