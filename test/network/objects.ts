import type { EndpointSlice, Node, Service } from '../../runtime/kube/generated/types';

type ServiceSpec = NonNullable<Service['spec']>;

export function service(name: string, spec: Partial<ServiceSpec> = {}, namespace = 'default'): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { type: 'ClusterIP', clusterIP: '10.43.0.50', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  };
}

export interface End {
  ip: string;
  node?: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  hostname?: string;
}

export function slice(
  serviceName: string,
  ends: End[],
  options: { name?: string; namespace?: string; ports?: EndpointSlice['ports'] } = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: options.namespace ?? 'default',
      name: options.name ?? `${serviceName}-1`,
      labels: { 'kubernetes.io/service-name': serviceName },
    },
    addressType: 'IPv4',
    ports: options.ports ?? [{ port: 8080, protocol: 'TCP' }],
    endpoints: ends.map(({ ip, node = 'n1', ready = true, serving = ready, terminating = false, hostname }) => ({
      addresses: [ip],
      nodeName: node,
      conditions: { ready, serving, terminating },
      ...(hostname && { hostname }),
    })),
  };
}

export function node(name: string, ip: string, podCIDR?: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address: ip }] },
  };
}
