import type { Service, ServiceSpec } from '../../../generated/types';
import { equalJson } from '../../../schema-engine';
import { ensure } from '../../shared/defaulting';
import { hasAnyEndpoints, hasClusterIp, hasNodePorts, isExternallyReachable } from './defaults';

export function prepareServiceForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
  const spec = ensure(service, 'spec');
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  chooseFamilies(spec, {});
  dropTrafficPolicy(spec);
}

export function prepareServiceForUpdate(service: Service, old: Service): void {
  const spec = ensure(service, 'spec');
  service.status = spec.type === 'LoadBalancer' ? old.status : { ...old.status, loadBalancer: {} };
  const before = old.spec ?? {};
  keepAllocated(spec, before);
  pairAddresses(spec, before);
  chooseFamilies(spec, before);
  dropWhatTheTypeLost(spec, before);
  dropTrafficPolicy(spec);
}

/** A name of elsewhere leads to no endpoints that traffic could be kept to. */
function dropTrafficPolicy(spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') delete spec.internalTrafficPolicy;
}

export function prepareServiceForStatusUpdate(service: Service, old: Service): void {
  service.spec = old.spec;
}

/** A client that leaves out what the server allocated keeps it. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(spec) && hasClusterIp(old)) {
    spec.clusterIP ||= old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (hasNodePorts(spec) && hasNodePorts(old)) {
    const given = nodePortsOf(spec);
    const before = new Map((old.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
    for (const port of spec.ports ?? []) {
      const nodePort = before.get(port.name ?? '');
      if (!port.nodePort && nodePort && !given.has(nodePort)) port.nodePort = nodePort;
    }
  }
  if (needsHealthCheck(spec) && needsHealthCheck(old) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/** A client that knows one of `clusterIP` and `clusterIPs`, and changed or emptied it, meant both. */
function pairAddresses(spec: ServiceSpec, old: ServiceSpec): void {
  const same = (spec.clusterIP ?? '') === (old.clusterIP ?? '');
  if (same && !spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  if (same || !equalJson(spec.clusterIPs ?? [], old.clusterIPs ?? [])) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
}

function chooseFamilies(spec: ServiceSpec, old: ServiceSpec): void {
  if (!hasClusterIp(spec)) return;
  const twoStacks = hasAnyEndpoints(spec);
  spec.ipFamilyPolicy ||= old.ipFamilyPolicy || (twoStacks ? 'RequireDualStack' : 'SingleStack');
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
  if (!twoStacks || spec.ipFamilyPolicy === 'SingleStack' || spec.ipFamilies.length > 1) return;
  spec.ipFamilies.push(spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4');
}

/** Values that only the old Service could have and that the client did not touch. */
function dropWhatTheTypeLost(spec: ServiceSpec, old: ServiceSpec): void {
  const drop = (...keys: Array<keyof ServiceSpec>) => {
    if (keys.every((key) => equalJson(spec[key] ?? null, old[key] ?? null))) for (const key of keys) delete spec[key];
  };
  if (hasClusterIp(old) && !hasClusterIp(spec)) {
    if (spec.clusterIP || spec.clusterIPs) drop('clusterIP', 'clusterIPs');
    drop('ipFamilies');
    drop('ipFamilyPolicy');
  }
  if (onNodes(old) && !onNodes(spec)) {
    const before = nodePortsOf(old);
    const added = [...nodePortsOf(spec)].some((port) => !before.has(port));
    if (!added) for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) drop('healthCheckNodePort');
  if (isExternallyReachable(old) && !isExternallyReachable(spec)) drop('externalTrafficPolicy');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
}

function nodePortsOf({ ports = [] }: ServiceSpec): Set<number> {
  return new Set(ports.flatMap(({ nodePort }) => nodePort || []));
}

function onNodes({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}
