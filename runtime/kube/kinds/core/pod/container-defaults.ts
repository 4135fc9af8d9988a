import type { Container, LifecycleHandler, Probe } from '../../../generated/types';
import { defaultEmpty, ensure } from '../../shared/defaulting';
import { defaultPullPolicy } from './image-tag';
import { defaultFieldRef, defaultResourceFieldRef } from './volume-defaults';

/** What init, ordinary and ephemeral containers have in common. */
export type AnyContainer = Omit<Container, 'name'> & { name?: string };

export function defaultContainer(container: AnyContainer): void {
  defaultEmpty(container, 'imagePullPolicy', defaultPullPolicy(container.image ?? ''));
  defaultEmpty(container, 'terminationMessagePath', '/dev/termination-log');
  defaultEmpty(container, 'terminationMessagePolicy', 'File');
  ensure(container, 'resources');
  for (const port of container.ports ?? []) defaultEmpty(port, 'protocol', 'TCP');
  for (const env of container.env ?? []) {
    defaultFieldRef(env.valueFrom?.fieldRef);
    defaultResourceFieldRef(env.valueFrom?.resourceFieldRef);
  }
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  defaultEmpty(probe, 'timeoutSeconds', 1);
  defaultEmpty(probe, 'periodSeconds', 10);
  defaultEmpty(probe, 'successThreshold', 1);
  defaultEmpty(probe, 'failureThreshold', 3);
  defaultHandler(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHandler(handler: Pick<LifecycleHandler, 'httpGet'> | undefined): void {
  if (!handler?.httpGet) return;
  defaultEmpty(handler.httpGet, 'path', '/');
  defaultEmpty(handler.httpGet, 'scheme', 'HTTP');
}

/** Requests that are not given are the limits. Pods only: a template keeps what was written. */
export function defaultRequests(container: AnyContainer): void {
  const limits = container.resources?.limits;
  if (!container.resources || !limits || Object.keys(limits).length === 0) return;
  container.resources.requests = { ...limits, ...container.resources.requests };
}

/** On the host's network a container's port is the host's port. */
export function defaultHostPorts(container: AnyContainer): void {
  for (const port of container.ports ?? []) defaultEmpty(port, 'hostPort', port.containerPort);
}
