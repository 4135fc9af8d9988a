import { isIPv6 } from 'node:net';
import type { Endpoint, EndpointPort, Node, Pod, Service } from '../../kube/generated/types';
import { isPodReady, isRestartableInit, isTerminal, isTerminating } from '../../kube/pod-status';
import { equalJson } from '../../kube/schema-engine';
import { labels } from '../../kube/well-known';

export type AddressType = 'IPv4' | 'IPv6';

/** Whether a pod belongs into its Services' slices: it has an address and has not ended. */
export function hasEndpoint(pod: Pod): boolean {
  return Boolean(pod.status?.podIP) && !isTerminal(pod);
}

export function addressTypeOf(pod: Pod): AddressType {
  return isIPv6(pod.status?.podIP ?? '') ? 'IPv6' : 'IPv4';
}

/** A pod as an endpoint of a Service. A terminating pod serves on, but is not ready. */
export function endpointOf(pod: Pod, service: Service, node: Node | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = isTerminating(pod);
  const { namespace, name, uid } = pod.metadata;
  const zone = node?.metadata.labels?.[labels.zone];
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: (service.spec?.publishNotReadyAddresses ?? false) || (serving && !terminating),
      serving,
      terminating,
    },
    ...hostnameIn(pod, service),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** The name under which DNS knows the pod in the Service, where it has one. */
export function hostnameIn({ spec }: Pod, service: Service): { hostname?: string } {
  return spec?.hostname && spec.subdomain === service.metadata.name ? { hostname: spec.hostname } : {};
}

/** The labels that what holds a Service's endpoints takes over from it. */
export function labelsOf({ metadata, spec }: Service): Record<string, string> {
  return { ...metadata.labels, ...(spec?.clusterIP === 'None' ? { [labels.headlessService]: '' } : {}) };
}

/** The ports of a Service as this pod has them; a named target port that the pod lacks is left out. */
export function endpointPorts(pod: Pod, service: Service): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const { name = '', port, targetPort, protocol = 'TCP', appProtocol } of service.spec?.ports ?? []) {
    const number = typeof targetPort === 'string' ? namedPort(pod, targetPort, protocol) : (targetPort ?? port);
    if (number === undefined) continue;
    ports.push({ name, protocol, port: number, ...(appProtocol ? { appProtocol } : {}) });
  }
  return ports;
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort;
    }
  }
  return undefined;
}

/** Whether a pod's change can show in an endpoint. */
export function changesEndpoint(pod: Pod, old: Pod): boolean {
  return (
    pod.status?.podIP !== old.status?.podIP ||
    pod.status?.phase !== old.status?.phase ||
    pod.spec?.nodeName !== old.spec?.nodeName ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    isPodReady(pod) !== isPodReady(old) ||
    !equalJson(pod.metadata.labels, old.metadata.labels)
  );
}
