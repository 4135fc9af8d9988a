import { tryApiOperations } from './support/api-operations';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();
const groupVersion = 'networking.k8s.io/v1';

it('[sig-network] Ingress API should support creating Ingress API operations [Conformance]', async () => {
  const ip = (address: string) => ({ loadBalancer: { ingress: [{ ip: address }] } });
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'ingresses',
    kind: 'Ingress',
    namespace: await cluster().namespace(),
    make: () => ({ spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } }),
    status: { patch: ip('169.1.1.1'), update: ip('169.1.1.2') },
  });
});

it('[sig-network] IngressClass API should support creating IngressClass API operations [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion,
    plural: 'ingressclasses',
    kind: 'IngressClass',
    make: () => ({ spec: { controller: 'example.com/controller' } }),
  });
});

describe('[sig-network] ServiceCIDR and IPAddress API', () => {
  it('should support IPAddress API operations [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'ipaddresses',
      kind: 'IPAddress',
      names: ['192.168.1.1', '192.168.1.2', '2001:db8::ffff'],
      make: () => ({ spec: { parentRef: { resource: 'services', name: 'web', namespace: 'default' } } }),
    });
  });

  it('should support ServiceCIDR API operations [Conformance]', async () => {
    const range = must(await cluster().server.get(`/apis/${groupVersion}/servicecidrs/kubernetes`));
    expect(range.spec.cidrs).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/\d+$/)]);
    const condition = (reason: string) => ({
      conditions: [{ type: 'Mine', status: 'True', reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    });
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'servicecidrs',
      kind: 'ServiceCIDR',
      make: () => ({ spec: { cidrs: ['10.196.196.0/24'] } }),
      status: { patch: condition('Patched'), update: condition('Updated') },
    });
  });
});

it('[sig-network] EndpointSlice should support creating EndpointSlice API operations [Conformance]', async () => {
  await tryApiOperations(cluster(), {
    groupVersion: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    namespace: await cluster().namespace(),
    make: () => ({
      addressType: 'IPv4',
      endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'] }],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    }),
  });
});
