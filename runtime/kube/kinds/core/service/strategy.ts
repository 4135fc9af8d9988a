import type { Service, ServicePort, ServiceSpec } from '../../../generated/types';
import { equalJson } from '../../../schema-engine';
import { hasClusterIp, hasNodePorts } from './defaults';

export function prepareServiceForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
}

export function prepareServiceForUpdate(service: Service, old: Service): void {
  service.status = old.status;
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  keepAllocated(spec, before);
  dropWhatTheTypeLost(spec, before);
}

export function prepareServiceForStatusUpdate(service: Service, old: Service): void {
  service.spec = old.spec;
}

/** A client that leaves out what the server allocated keeps it. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(spec) && hasClusterIp(old)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length) {
      spec.clusterIP = old.clusterIP;
      spec.clusterIPs = old.clusterIPs && [...old.clusterIPs];
    }
  }
  if (hasNodePorts(spec) && hasNodePorts(old)) {
    const taken = new Map((old.ports ?? []).map((port) => [portKey(port), port.nodePort]));
    const used = new Set((spec.ports ?? []).map((port) => port.nodePort).filter(Boolean));
    for (const port of spec.ports ?? []) {
      const nodePort = taken.get(portKey(port));
      if (!port.nodePort && nodePort && !used.has(nodePort)) port.nodePort = nodePort;
    }
  }
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer' && !spec.healthCheckNodePort) {
    if (old.healthCheckNodePort) spec.healthCheckNodePort = old.healthCheckNodePort;
  }
}

function portKey({ port, protocol }: ServicePort): string {
  return `${protocol ?? 'TCP'}/${port}`;
}

/** After a change of type, values that only the old type could have and that the client did not touch. */
function dropWhatTheTypeLost(spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === old.type) return;
  if (hasClusterIp(old) && !hasClusterIp(spec) && spec.clusterIP === old.clusterIP) {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) {
      if (equalJson(spec[key] ?? null, old[key] ?? null)) delete spec[key];
    }
  }
  if (hasNodePorts(old) && !hasNodePorts(spec)) {
    const before = new Set((old.ports ?? []).map((port) => port.nodePort));
    for (const port of spec.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
  }
  const outside = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
  if (!outside && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer') {
    for (const key of ['allocateLoadBalancerNodePorts', 'loadBalancerClass', 'healthCheckNodePort'] as const) {
      if (spec[key] === old[key]) delete spec[key];
    }
  }
  if (old.type === 'ExternalName' && spec.externalName === old.externalName) delete spec.externalName;
}
