import type { Service, ServiceSpec } from '../../../../runtime/kube/generated/types';
import { serviceKind } from '../../../../runtime/kube/kinds/core/service';
import { created, minimal, testCreates, testUpdates, updated } from '../fixtures';

const set = (values: ServiceSpec) => (object: Service) => void Object.assign(object.spec as ServiceSpec, values);
const ports = (...list: NonNullable<ServiceSpec['ports']>) => set({ ports: list });

function make(values: ServiceSpec): Service {
  const object = minimal.service();
  set(values)(object);
  return object;
}

describe('defaults', () => {
  test('ClusterIP', () => {
    expect(created(minimal.service())).toMatchObject({
      spec: {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
      },
      status: { loadBalancer: {} },
    });
    expect(created(minimal.service()).spec).not.toHaveProperty('externalTrafficPolicy');
  });

  test('NodePort and LoadBalancer let outside traffic go anywhere', () => {
    expect(created(make({ type: 'NodePort' })).spec?.externalTrafficPolicy).toBe('Cluster');
    expect(created(make({ type: 'LoadBalancer' })).spec).toMatchObject({
      externalTrafficPolicy: 'Cluster',
      allocateLoadBalancerNodePorts: true,
    });
  });

  test('ExternalName keeps no policy for traffic inside, given or from before', () => {
    const name = { type: 'ExternalName', externalName: 'db.example.com' };
    expect(created(make({ ...name, internalTrafficPolicy: 'Local' })).spec).not.toHaveProperty('internalTrafficPolicy');
    const next = updated(created(minimal.service()), set({ ...name, clusterIP: '', clusterIPs: [] }));
    expect(next.spec).toMatchObject(name);
    expect(next.spec).not.toHaveProperty('internalTrafficPolicy');
  });

  test('ExternalName has nothing of an address', () => {
    expect(created(make({ type: 'ExternalName', externalName: 'db.example.com' })).spec).toEqual({
      type: 'ExternalName',
      externalName: 'db.example.com',
      selector: { app: 'web' },
      sessionAffinity: 'None',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    });
  });

  test('clusterIP and clusterIPs say the same', () => {
    expect(created(make({ clusterIP: 'None' })).spec?.clusterIPs).toEqual(['None']);
  });

  test('a headless Service without a selector may have endpoints of both families', () => {
    const headless = { clusterIP: 'None', selector: undefined };
    expect(created(make(headless)).spec).toMatchObject({
      ipFamilyPolicy: 'RequireDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
    });
    expect(created(make({ ...headless, ipFamilyPolicy: 'SingleStack' })).spec?.ipFamilies).toEqual(['IPv4']);
  });

  test('affinity to clients lasts three hours', () => {
    expect(created(make({ sessionAffinity: 'ClientIP' })).spec?.sessionAffinityConfig).toEqual({
      clientIP: { timeoutSeconds: 10800 },
    });
  });
});

describe('rules', () => {
  const outside = 'may only be set for externally-accessible services';
  testCreates(minimal.service, [
    [
      'name',
      (s) => void Object.assign(s.metadata, { name: '1web' }),
      "metadata.name: Invalid value: \"1web\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      'type',
      set({ type: 'X' }),
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    ['no ports', ports(), 'spec.ports: Required value'],
    ['headless without ports passes', set({ clusterIP: 'None', ports: [] })],
    [
      'two ports without names',
      ports({ port: 80 }, { port: 81 }),
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
    ],
    [
      'two ports of one name',
      ports({ name: 'a', port: 80 }, { name: 'a', port: 81 }),
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      'two ports of one number',
      ports({ name: 'a', port: 80 }, { name: 'b', port: 80 }),
      'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
    ],
    ['one number for two protocols passes', ports({ name: 'a', port: 53 }, { name: 'b', port: 53, protocol: 'UDP' })],
    [
      'port out of range',
      ports({ port: 0, targetPort: 80 }),
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      'protocol',
      ports({ port: 80, protocol: 'X' }),
      'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'target out of range',
      ports({ port: 80, targetPort: 70000 }),
      'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    ['target by name passes', ports({ port: 80, targetPort: 'http' })],
    ['headless with another target passes', set({ clusterIP: 'None', ports: [{ port: 80, targetPort: 81 }] })],
    [
      'node port of a ClusterIP',
      ports({ port: 80, nodePort: 30080 }),
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    ['node port passes', set({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })],
    [
      'node port out of range',
      set({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'node port twice',
      set({
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30080 },
          { name: 'b', port: 81, nodePort: 30080 },
        ],
      }),
      'spec.ports[1].nodePort: Duplicate value: 30080',
    ],
    [
      'headless NodePort',
      set({ type: 'NodePort', clusterIP: 'None' }),
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ],
    ['ExternalName without name', set({ type: 'ExternalName' }), 'spec.externalName: Required value'],
    [
      'ExternalName with address',
      set({ type: 'ExternalName', externalName: 'a.b', clusterIP: '10.43.0.1' }),
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
    ],
    [
      'ExternalName with families',
      set({ type: 'ExternalName', externalName: 'a.b', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }),
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
    ],
    [
      'affinity',
      set({ sessionAffinity: 'X' }),
      'spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"',
    ],
    [
      'affinity for too long',
      set({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } }),
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
    [
      'no address',
      set({ clusterIP: 'x' }),
      'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'addresses that differ',
      set({ clusterIP: '10.43.0.1', clusterIPs: ['10.43.0.2'] }),
      'spec.clusterIPs: Invalid value: ["10.43.0.2"]: first value must match `clusterIP`',
    ],
    [
      'two stacks',
      set({ ipFamilyPolicy: 'RequireDualStack' }),
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      'addresses without the first alone',
      set({ clusterIPs: ['10.43.0.2'] }),
      'spec.clusterIPs: Invalid value: ["10.43.0.2"]: must be empty when `clusterIP` is not specified',
    ],
    [
      'family twice',
      set({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv4'] }),
      'spec.ipFamilies[1]: Duplicate value: "IPv4"',
    ],
    [
      'family',
      set({ ipFamilies: ['IPv6'] }),
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      'external address',
      set({ externalIPs: ['x'] }),
      'spec.externalIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'inside policy',
      set({ internalTrafficPolicy: 'X' }),
      'spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
    ],
    [
      'outside policy of a ClusterIP',
      set({ externalTrafficPolicy: 'Local' }),
      `spec.externalTrafficPolicy: Invalid value: "Local": ${outside}`,
    ],
    ['outside policy passes', set({ type: 'NodePort', externalTrafficPolicy: 'Local' })],
    [
      'class of no load balancer',
      set({ loadBalancerClass: 'a/b' }),
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      'sources of a load balancer',
      set({ type: 'LoadBalancer', loadBalancerSourceRanges: ['x'] }),
      'spec.loadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      'health check port',
      set({ healthCheckNodePort: 30000 }),
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
    [
      'distribution',
      set({ trafficDistribution: 'X' }),
      'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    ],
  ]);
});

describe('updates', () => {
  const stored = () => make({ type: 'NodePort', clusterIP: '10.43.0.9', ports: [{ port: 80, nodePort: 30080 }] });
  testUpdates(stored, [
    ['may change ports', ports({ port: 81 })],
    [
      'may not change the address',
      set({ clusterIP: '10.43.0.8', clusterIPs: ['10.43.0.8'] }),
      'spec.clusterIPs[0]: Invalid value: ["10.43.0.8"]: may not change once set',
    ],
    ['may give the address up for a name', set({ type: 'ExternalName', externalName: 'a.b', ports: [] })],
  ]);

  test('a client that leaves out what was allocated keeps it', () => {
    const next = updated(created(stored()), (s) => {
      s.spec = { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] };
    });
    expect(next.spec).toMatchObject({
      clusterIP: '10.43.0.9',
      clusterIPs: ['10.43.0.9'],
      ports: [{ nodePort: 30080 }],
    });
  });

  test('a port keeps its node port by its name', () => {
    const old = created(make({ type: 'NodePort', ports: [{ name: 'web', port: 80, nodePort: 30080 }] }));
    const next = updated(old, ports({ name: 'new', port: 80 }, { name: 'web', port: 81 }));
    expect(next.spec?.ports?.map(({ nodePort }) => nodePort)).toEqual([undefined, 30080]);
  });

  test.each<[string, ServiceSpec]>([
    ['clusterIP', { clusterIP: '' }],
    ['clusterIPs', { clusterIPs: [] }],
    ['both', { clusterIP: '', clusterIPs: undefined }],
  ])('%s emptied: the addresses stay', (_name, values) => {
    expect(updated(created(stored()), set(values)).spec).toMatchObject({
      clusterIP: '10.43.0.9',
      clusterIPs: ['10.43.0.9'],
    });
  });

  test.each<[string, ServiceSpec]>([
    ['nothing else', {}],
    ['clusterIP emptied', { clusterIP: '' }],
    ['clusterIPs emptied', { clusterIPs: [] }],
  ])('a Service that becomes a name gives up its addresses: %s', (_name, values) => {
    const next = updated(created(stored()), set({ type: 'ExternalName', externalName: 'a.b', ...values }));
    expect(next.spec).toEqual({
      type: 'ExternalName',
      externalName: 'a.b',
      selector: { app: 'web' },
      sessionAffinity: 'None',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    });
  });

  test('a client that knows clusterIP alone cannot change it either', () => {
    const change = () => updated(created(stored()), set({ clusterIP: '10.43.0.8' }));
    expect(change).toThrow('spec.clusterIPs[0]: Invalid value: ["10.43.0.8"]: may not change once set');
  });

  test('a policy of families that is left out stays', () => {
    const old = created(make({ ipFamilyPolicy: 'PreferDualStack' }));
    const next = updated(old, set({ ipFamilyPolicy: undefined, ipFamilies: undefined }));
    expect(next.spec).toMatchObject({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] });
  });

  test('the outside policy goes with the last outside address', () => {
    const old = created(make({ externalIPs: ['1.2.3.4'], externalTrafficPolicy: 'Local' }));
    expect(updated(old, set({ externalIPs: [] })).spec).not.toHaveProperty('externalTrafficPolicy');
  });

  test('the status of a load balancer goes with the type', () => {
    const old = created(make({ type: 'LoadBalancer' }));
    old.status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } };
    expect(updated(old, ports({ port: 81 })).status).toEqual(old.status);
    expect(updated(old, set({ type: 'ClusterIP' })).status).toEqual({ loadBalancer: {} });
  });

  test('a change of type drops what only the old type had', () => {
    const next = updated(created(stored()), set({ type: 'ClusterIP' }));
    expect(next.spec?.ports).toEqual([{ port: 80, targetPort: 80, protocol: 'TCP' }]);
    expect(next.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(next.spec?.clusterIP).toBe('10.43.0.9');
  });
});

describe('columns', () => {
  const row = (values: ServiceSpec, status?: Service['status']) => {
    const object = created(make(values));
    if (status) object.status = status;
    return serviceKind.columns.filter((column) => column.name !== 'Age').map((column) => column.cell(object, 0));
  };
  const node = { type: 'NodePort', clusterIP: '10.43.0.9', ports: [{ port: 80, nodePort: 30080 }] };

  test.each<[string, ServiceSpec, Service['status'], unknown[]]>([
    [
      'ClusterIP',
      { clusterIP: '10.43.0.9' },
      undefined,
      ['web', 'ClusterIP', '10.43.0.9', '<none>', '80/TCP', 'app=web'],
    ],
    ['NodePort', node, undefined, ['web', 'NodePort', '10.43.0.9', '<none>', '80:30080/TCP', 'app=web']],
    [
      'headless',
      { clusterIP: 'None', ports: [] },
      undefined,
      ['web', 'ClusterIP', 'None', '<none>', '<none>', 'app=web'],
    ],
    [
      'ExternalName',
      { type: 'ExternalName', externalName: 'a.b', ports: [], selector: undefined },
      undefined,
      ['web', 'ExternalName', '<none>', 'a.b', '<none>', '<none>'],
    ],
    [
      'LoadBalancer waiting',
      { type: 'LoadBalancer' },
      undefined,
      ['web', 'LoadBalancer', '<none>', '<pending>', '80/TCP', 'app=web'],
    ],
    [
      'LoadBalancer',
      { type: 'LoadBalancer' },
      { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      ['web', 'LoadBalancer', '<none>', '1.2.3.4', '80/TCP', 'app=web'],
    ],
  ])('%s', (_name, values, status, expected) => expect(row(values, status)).toEqual(expected));
});
