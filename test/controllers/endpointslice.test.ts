import fc from 'fast-check';
import { endpointSliceController } from '../../runtime/controllers/endpointslice/controller';
import { maxEndpoints, planSlices } from '../../runtime/controllers/endpointslice/decide';
import { endpointOf, endpointPorts, hasEndpoint } from '../../runtime/controllers/endpointslice/endpoint';
import type { EndpointSlice, Pod, Service } from '../../runtime/kube/generated/types';
import { endpointSlices, pods, services } from '../../runtime/kube/resource';
import { harness } from './harness';

function service(spec: Partial<NonNullable<Service['spec']>> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'svc' },
    spec: {
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      clusterIP: '10.43.0.1',
      ...spec,
    },
  };
}

function pod(name: string, more: { ready?: boolean; ip?: string; terminating?: boolean; phase?: string } = {}): Pod {
  const { ready = true, ip = `10.42.0.${name.length}`, terminating = false, phase = 'Running' } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      labels: { app: 'web' },
      ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 3000 }] }] },
    status: { phase, ...(ip ? { podIP: ip } : {}), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

describe('a pod as an endpoint', () => {
  test.each([
    ['ready', pod('p'), {}, { ready: true, serving: true, terminating: false }],
    ['not ready', pod('p', { ready: false }), {}, { ready: false, serving: false, terminating: false }],
    [
      'terminating, still serving',
      pod('p', { terminating: true }),
      {},
      { ready: false, serving: true, terminating: true },
    ],
    [
      'not ready, but published',
      pod('p', { ready: false }),
      { publishNotReadyAddresses: true },
      { ready: true, serving: false, terminating: false },
    ],
  ])('%s', (_name, subject, spec, conditions) => {
    expect(endpointOf(subject, service(spec), undefined)).toMatchObject({
      addresses: ['10.42.0.1'],
      conditions,
      nodeName: 'n1',
      targetRef: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'uid-p' },
    });
  });

  test('none without an address, none when it has ended', () => {
    expect([pod('p', { ip: '' }), pod('p', { phase: 'Failed' }), pod('p', { ready: false })].map(hasEndpoint)).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each([
    ['a number', 8080, [{ name: 'http', protocol: 'TCP', port: 8080 }]],
    ['the name of a container port', 'http', [{ name: 'http', protocol: 'TCP', port: 3000 }]],
    ['a name the pod lacks', 'grpc', []],
    ['nothing: the same as the port', undefined, [{ name: 'http', protocol: 'TCP', port: 80 }]],
  ])('target port is %s', (_name, targetPort, ports) => {
    expect(endpointPorts(pod('p'), service({ ports: [{ name: 'http', port: 80, targetPort }] }))).toEqual(ports);
  });
});

/** Carries a plan out on a list of slices. */
function apply(
  existing: EndpointSlice[],
  plan: ReturnType<typeof planSlices>,
  nextName: () => string,
): EndpointSlice[] {
  const updated = existing
    .filter((slice) => !plan.delete.includes(slice))
    .map((slice) => plan.update.find(({ metadata }) => metadata.name === slice.metadata.name) ?? slice);
  return [...updated, ...plan.create.map((slice) => ({ ...slice, metadata: { ...slice.metadata, name: nextName() } }))];
}

test('slices show exactly the pods, whatever came before, and the next plan is empty', () => {
  const uids = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
  fc.assert(
    fc.property(fc.array(uids, { minLength: 1, maxLength: 4 }), (rounds) => {
      let slices: EndpointSlice[] = [];
      let names = 0;
      for (const round of rounds) {
        const members = round.map((i) => pod(`p${i}`, { ip: `10.42.${Math.floor(i / 200)}.${i % 200}` }));
        const plan = planSlices(service(), members, () => undefined, slices);
        slices = apply(slices, plan, () => `s${names++}`);
        const shown = slices.flatMap((slice) => (slice.endpoints ?? []).map(({ targetRef }) => targetRef?.name));
        expect(shown.sort()).toEqual(members.map(({ metadata }) => metadata.name).sort());
        expect(slices.every((slice) => (slice.endpoints?.length ?? 0) <= maxEndpoints)).toBe(true);
        expect(slices.length).toBeGreaterThan(0);
        expect(planSlices(service(), members, () => undefined, slices)).toEqual({ create: [], update: [], delete: [] });
      }
    }),
    { numRuns: 40 },
  );
});

test('one changed pod writes one slice', () => {
  const members = Array.from({ length: 250 }, (_, i) => pod(`p${i}`, { ip: `10.42.1.${i}` }));
  let names = 0;
  const slices = apply(
    [],
    planSlices(service(), members, () => undefined, []),
    () => `s${names++}`,
  );
  expect(slices.map((slice) => slice.endpoints?.length)).toEqual([100, 100, 50]);
  const changed = members.map((member, i) => (i === 3 ? pod('p3', { ip: '10.42.1.3', ready: false }) : member));
  const plan = planSlices(service(), changed, () => undefined, slices);
  expect([plan.create.length, plan.update.length, plan.delete.length]).toEqual([0, 1, 0]);
});

describe('the controller', () => {
  const read = async (client: Parameters<typeof slicesOf>[0]) => slicesOf(client);
  async function slicesOf(client: { list: (resource: typeof endpointSlices) => Promise<{ items: EndpointSlice[] }> }) {
    return (await client.list(endpointSlices)).items;
  }

  test('follows pods as they become ready, go away and lose their label', async () => {
    const { client, settle, stop } = await harness(endpointSliceController);
    await client.create(services, service());
    client.seed(pods, pod('a'));
    client.seed(pods, pod('bb', { ready: false }));
    await settle();
    const [slice] = await read(client);
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      metadata: {
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
      },
    });
    const ready = async () =>
      (await read(client))
        .flatMap((each) => each.endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready)
        .map(({ targetRef }) => targetRef?.name);
    expect(await ready()).toEqual(['a']);
    client.seed(pods, pod('bb'));
    await settle();
    expect((await ready()).sort()).toEqual(['a', 'bb']);
    await client.patch(
      pods,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { metadata: { labels: { app: 'debug' } } } },
    );
    await settle();
    expect(await ready()).toEqual(['bb']);
    await client.delete(pods, { namespace: 'default', name: 'bb' }, { gracePeriodSeconds: 0 });
    await settle();
    expect(await ready()).toEqual([]);
    expect(await read(client)).toHaveLength(1);
    await stop();
  });

  test('writes nothing when nothing changed, and undoes what another writer did', async () => {
    const { client, settle, stop } = await harness(endpointSliceController);
    await client.create(services, service());
    client.seed(pods, pod('a'));
    await settle();
    const writes = client.writes.length;
    await client.patch(
      pods,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { metadata: { annotations: { x: 'y' } } } },
    );
    await settle();
    expect(client.writes.length).toBe(writes + 1);
    const [slice] = await read(client);
    await client.patch(
      endpointSlices,
      { namespace: 'default', name: slice?.metadata.name ?? '' },
      { type: 'merge', body: { endpoints: [] } },
    );
    await settle();
    expect((await read(client))[0]?.endpoints).toHaveLength(1);
    await stop();
  });

  test.each([
    ['has no selector', { selector: undefined }],
    ['is a name elsewhere', { type: 'ExternalName' }],
  ])('leaves a Service alone that %s', async (_name, spec) => {
    const { client, settle, stop } = await harness(endpointSliceController);
    await client.create(services, service(spec));
    await settle();
    expect(await read(client)).toEqual([]);
    await stop();
  });

  test('marks the slices of a headless Service', async () => {
    const { client, settle, stop } = await harness(endpointSliceController);
    await client.create(services, service({ clusterIP: 'None' }));
    await settle();
    expect((await read(client))[0]?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
    await stop();
  });
});
