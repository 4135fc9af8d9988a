import { publishEndpoint } from '../../runtime/apiserver/upkeep/own-endpoint';
import { nodes, services } from '../../runtime/kube/resource';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

it('[sig-api-machinery] server version should find the server version [Conformance]', async () => {
  const version = must(await cluster().server.get('/version'));
  // Tools choose the suite by this, so it must be a version of Kubernetes with a number of its own.
  expect(version).toMatchObject({ major: '1', minor: expect.stringMatching(/^\d+\+?$/) });
  expect(version.gitVersion).toMatch(new RegExp(`^v1\\.${parseInt(version.minor, 10)}\\.\\d+`));
});

it('[sig-architecture] Conformance Tests should have at least two untainted nodes [Conformance]', async () => {
  const ready = await cluster().until('two ready nodes without taints', async () => {
    const { items } = await cluster().client.list(nodes);
    const fit = items.filter(
      ({ spec, status }) =>
        !spec?.unschedulable &&
        !spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') &&
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return fit.length >= 2 && fit;
  });
  expect(ready.map(({ metadata }) => metadata.name).sort()).toEqual(['node-a', 'node-b']);
});

it('[sig-network] API Server should provide secure master service [Conformance]', async () => {
  const service = await cluster().client.get(services, { namespace: 'default', name: 'kubernetes' });
  expect(service.spec?.clusterIP).toBeTruthy();
  expect(service.spec?.ports).toEqual([expect.objectContaining({ name: 'https', port: 443, protocol: 'TCP' })]);
});

it('[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server [Conformance]', async () => {
  const { server, client } = cluster();
  // As `orlop server` does once it listens.
  await publishEndpoint(client, '192.0.2.1', server.port);
  const served = must(await server.get('/apis/discovery.k8s.io/v1')).resources;
  expect(served).toContainEqual(expect.objectContaining({ name: 'endpointslices' }));

  const old = must(await server.get('/api/v1/namespaces/default/endpoints/kubernetes'));
  expect(old.subsets).toHaveLength(1);
  const slices = must(
    await server.get(
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes',
    ),
  ).items;
  expect(slices).toHaveLength(1);
  // Both say the same.
  expect(old.subsets[0].addresses).toEqual([{ ip: slices[0].endpoints[0].addresses[0] }]);
  expect(old.subsets[0].ports[0]).toMatchObject({ name: 'https', port: server.port });
  expect(slices[0].ports[0]).toMatchObject({ name: 'https', port: server.port });
});
