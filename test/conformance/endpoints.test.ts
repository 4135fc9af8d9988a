import { type Json, pod } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';

const cluster = useCluster();

interface Port {
  name: string;
  port: number;
  targetPort?: number | string;
}

/** A namespace of its own, with what these behaviours do in it. */
async function place() {
  const { server } = cluster();
  const namespace = await cluster().namespace();
  const path = `/api/v1/namespaces/${namespace}`;
  const slicesPath = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const of = (service: string) => `${slicesPath}?labelSelector=kubernetes.io%2Fservice-name%3D${service}`;
  return {
    server,
    namespace,
    path,
    slicesPath,
    service: async (name: string, selector: object | undefined, ports: Port[] = [{ name: 'web', port: 80 }]) => {
      const spec = { ports, ...(selector ? { selector } : {}) };
      return must(
        await server.post(`${path}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }),
        201,
      );
    },
    pod: async (name: string, labels: Record<string, string>, containerPort: number) => {
      const containers = [{ name: 'main', image: 'pause:1', ports: [{ name: 'serve', containerPort }] }];
      must(await server.post(`${path}/pods`, pod(name, { containers }, { namespace, labels })), 201);
      const running = await cluster().until(`${name} to run`, async () => {
        const { status } = must(await server.get(`${path}/pods/${name}`));
        return status.podIP && status.phase === 'Running' ? (status.podIP as string) : undefined;
      });
      return running;
    },
    slices: async (service: string): Promise<Json[]> => must(await server.get(of(service))).items,
    endpoints: async (name: string): Promise<Json | undefined> => {
      const answer = await server.get(`${path}/endpoints/${name}`);
      return answer.status === 404 ? undefined : must(answer);
    },
  };
}

/** `address:port` of everything that slices hold. */
function addresses(slices: Json[]): string[] {
  return slices
    .flatMap(({ endpoints, ports }) =>
      (endpoints ?? []).flatMap((endpoint: Json) =>
        (ports ?? []).map((port: Json) => `${endpoint.addresses[0]}:${port.port}`),
      ),
    )
    .sort();
}

describe('[sig-network] EndpointSlice', () => {
  it('should create Endpoints and EndpointSlices for Pods matching a Service [Conformance]', async () => {
    const here = await place();
    await here.service('one', { app: 'one' }, [{ name: 'web', port: 80, targetPort: 'serve' }]);
    await here.service('both', { tier: 'back' }, [{ name: 'web', port: 80, targetPort: 'serve' }]);
    const first = await here.pod('first', { app: 'one', tier: 'back' }, 3000);
    const second = await here.pod('second', { app: 'two', tier: 'back' }, 3001);
    const all = [`${first}:3000`, `${second}:3001`].sort();
    await cluster().until('the slices to hold every pod', async () => {
      const [one, both] = [addresses(await here.slices('one')), addresses(await here.slices('both'))];
      return one.join() === `${first}:3000` && both.join() === all.join();
    });
    // Pods of other ports stand in a subset, and in a slice, of their own.
    const { subsets } = await cluster().until('the Endpoints to hold every pod', async () => {
      const found = await here.endpoints('both');
      return found?.subsets?.length === 2 ? found : undefined;
    });
    expect(subsets.map(({ addresses: [address], ports: [port] }: Json) => `${address.ip}:${port.port}`).sort()).toEqual(
      all,
    );
    expect(subsets[0].addresses[0].targetRef).toMatchObject({ kind: 'Pod', namespace: here.namespace });
    expect(await here.slices('both')).toHaveLength(2);
    const [slice] = (await here.slices('one')) as [Json];
    expect(slice.metadata.labels['endpointslice.kubernetes.io/managed-by']).toBe('endpointslice-controller.k8s.io');
  });

  it('should create and delete EndpointSlices for a Service with a selector that matches no pods [Conformance]', async () => {
    const here = await place();
    await here.service('nobody', { app: 'nobody' });
    await cluster().until('an empty slice', async () => (await here.slices('nobody')).length === 1);
    const [slice] = (await here.slices('nobody')) as [Json];
    expect(slice.endpoints ?? []).toEqual([]);
    await cluster().until('the Endpoints', () => here.endpoints('nobody'));
    must(await here.server.delete(`${here.path}/services/nobody`));
    await cluster().until('slice and Endpoints to go', async () => {
      return (await here.slices('nobody')).length === 0 && (await here.endpoints('nobody')) === undefined;
    });
  });

  it('should support a Service with multiple endpoint IPs specified in multiple EndpointSlices [Conformance]', async () => {
    const here = await place();
    await here.service('manual', undefined);
    const ips = [await here.pod('a', { app: 'a' }, 80), await here.pod('b', { app: 'b' }, 80)];
    for (const [i, ip] of ips.entries())
      must(await here.server.post(here.slicesPath, byHand(`manual-${i}`, ip, 'web', 80)), 201);
    await cluster().pass(5_000);
    // Nobody but who made them owns them: they stay as they are, and nothing is added.
    expect(addresses(await here.slices('manual'))).toEqual(ips.map((ip) => `${ip}:80`).sort());
    expect(await here.slices('manual')).toHaveLength(2);
  });

  it('should support a Service with multiple ports specified in multiple EndpointSlices [Conformance]', async () => {
    const here = await place();
    await here.service('manual', undefined, [
      { name: 'web', port: 80 },
      { name: 'admin', port: 81 },
    ]);
    const ip = await here.pod('a', { app: 'a' }, 80);
    must(await here.server.post(here.slicesPath, byHand('manual-web', ip, 'web', 8080)), 201);
    must(await here.server.post(here.slicesPath, byHand('manual-admin', ip, 'admin', 8081)), 201);
    await cluster().pass(5_000);
    expect(addresses(await here.slices('manual'))).toEqual([`${ip}:8080`, `${ip}:8081`]);
    expect(await here.slices('manual')).toHaveLength(2);
  });

  function byHand(name: string, ip: string, portName: string, port: number) {
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, labels: { 'kubernetes.io/service-name': 'manual' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [ip], conditions: { ready: true } }],
      ports: [{ name: portName, protocol: 'TCP', port }],
    };
  }
});

describe('[sig-network] EndpointSliceMirroring', () => {
  it('should mirror a custom Endpoints resource through create update and delete [Conformance]', async () => {
    const here = await place();
    await here.service('outside', undefined);
    const body = (ip: string, port: number) => ({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'outside' },
      subsets: [{ addresses: [{ ip }], ports: [{ name: 'web', port }] }],
    });
    must(await here.server.post(`${here.path}/endpoints`, body('203.0.113.7', 80)), 201);
    await cluster().until(
      'the mirror',
      async () => addresses(await here.slices('outside')).join() === '203.0.113.7:80',
    );
    const [slice] = (await here.slices('outside')) as [Json];
    expect(slice.metadata.labels['endpointslice.kubernetes.io/managed-by']).toBe(
      'endpointslicemirroring-controller.k8s.io',
    );
    must(await here.server.put(`${here.path}/endpoints/outside`, body('203.0.113.8', 81)));
    await cluster().until(
      'the change',
      async () => addresses(await here.slices('outside')).join() === '203.0.113.8:81',
    );
    expect(await here.slices('outside')).toHaveLength(1);
    must(await here.server.delete(`${here.path}/endpoints/outside`));
    await cluster().until('the mirror to go', async () => (await here.slices('outside')).length === 0);
  });
});

describe('[sig-network] Endpoints', () => {
  it('should test the lifecycle of an Endpoint [Conformance]', async () => {
    const here = await place();
    const labels = { test: 'lifecycle' };
    const query = '?labelSelector=test%3Dlifecycle';
    const watch = await here.server.watch(`${here.path}/endpoints${query}&watch=1`);
    const subsets = [{ addresses: [{ ip: '203.0.113.9' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }];
    const body = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'own', labels }, subsets };
    const made = must(await here.server.post(`${here.path}/endpoints`, body), 201);
    expect(must(await here.server.get(`/api/v1/endpoints${query}`)).items).toHaveLength(1);
    const changed = { ...made, metadata: { ...made.metadata, labels: { ...labels, step: 'updated' } } };
    must(await here.server.put(`${here.path}/endpoints/own`, changed));
    const patch = { metadata: { labels: { step: 'patched' } }, subsets: [{ ...subsets[0], ports: [{ port: 8080 }] }] };
    must(await here.server.patch(`${here.path}/endpoints/own`, 'strategic', patch));
    expect((await here.endpoints('own'))?.subsets[0].ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
    must(await here.server.delete(`${here.path}/endpoints${query}`));
    expect(await here.endpoints('own')).toBeUndefined();
    const types: string[] = [];
    for (let i = 0; i < 4; i++) types.push((await watch.next()).type);
    expect(types).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
    watch.close();
  });
});

describe('[sig-network] EndpointsController', () => {
  it('should create Endpoints for Pods matching a Service [Conformance]', async () => {
    const here = await place();
    await here.service('web', { app: 'web' }, [{ name: 'web', port: 80, targetPort: 'serve' }]);
    const ip = await here.pod('a', { app: 'web' }, 8080);
    const found = await cluster().until('the pod’s address', async () => {
      const object = await here.endpoints('web');
      return object?.subsets?.[0]?.addresses?.[0]?.ip === ip ? object : undefined;
    });
    expect(found.subsets).toMatchObject([
      { addresses: [{ ip, targetRef: { kind: 'Pod', name: 'a' } }], ports: [{ name: 'web', port: 8080 }] },
    ]);
    must(await here.server.delete(`${here.path}/pods/a`, { gracePeriodSeconds: 0 }));
    await cluster().until('the address to go', async () => (await here.endpoints('web'))?.subsets === undefined);
  });

  it('should create and delete Endpoints for a Service with a selector that matches no pods [Conformance]', async () => {
    const here = await place();
    await here.service('nobody', { app: 'nobody' });
    const found = await cluster().until('the Endpoints', () => here.endpoints('nobody'));
    expect(found.subsets ?? []).toEqual([]);
    must(await here.server.delete(`${here.path}/services/nobody`));
    await cluster().until('the Endpoints to go', async () => (await here.endpoints('nobody')) === undefined);
  });
});
