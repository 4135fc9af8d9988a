import type { Service, ServiceSpec } from '../../../generated/types';
import { defaultEmpty, defaultTo, ensure } from '../../shared/defaulting';

export const nodePorts = { first: 30000, last: 32767 } as const;

const sessionAffinitySeconds = 10800;

/** Types that get an address of the cluster. */
export function hasClusterIp(spec: ServiceSpec): boolean {
  return spec.type !== 'ExternalName';
}

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
}

/** Headless and without a selector: as in Kubernetes, its endpoints may be of both families. */
export function hasAnyEndpoints(spec: ServiceSpec): boolean {
  return isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
}

/** Types that get a port on every node. */
export function hasNodePorts(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** Reached from outside the cluster, so that a policy for outside traffic makes sense. */
export function isExternallyReachable(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
}

export function defaultService(service: Service): void {
  const spec = ensure(service, 'spec');
  defaultEmpty(spec, 'type', 'ClusterIP');
  defaultEmpty(spec, 'sessionAffinity', 'None');
  defaultSessionAffinity(spec);
  for (const port of spec.ports ?? []) {
    defaultEmpty(port, 'protocol', 'TCP');
    defaultEmpty(port, 'targetPort', port.port);
  }
  if (isExternallyReachable(spec)) defaultEmpty(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec.type === 'LoadBalancer') defaultTo(spec, 'allocateLoadBalancerNodePorts', true);
  if (hasClusterIp(spec)) defaultEmpty(spec, 'internalTrafficPolicy', 'Cluster');
}

function defaultSessionAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== 'ClientIP') return;
  const clientIP = ensure(ensure(spec, 'sessionAffinityConfig'), 'clientIP');
  defaultTo(clientIP, 'timeoutSeconds', sessionAffinitySeconds);
}
