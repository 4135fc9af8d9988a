import type { Pod, PodSpec, PodTemplateSpec } from '../../../generated/types';
import { defaultSchedulerName } from '../../../well-known';
import { defaultEmpty, defaultTo, ensure } from '../../shared/defaulting';
import { defaultContainer, defaultHostPorts, defaultRequests } from './container-defaults';
import { defaultVolume } from './volume-defaults';

/** What pods and pod templates have in common. */
function defaultPodSpec(spec: PodSpec): void {
  defaultEmpty(spec, 'restartPolicy', 'Always');
  defaultEmpty(spec, 'dnsPolicy', 'ClusterFirst');
  defaultTo(spec, 'terminationGracePeriodSeconds', 30);
  ensure(spec, 'securityContext');
  defaultEmpty(spec, 'schedulerName', defaultSchedulerName);
  // `serviceAccount` is the old name of `serviceAccountName`; both are kept alike for old clients.
  if (!spec.serviceAccountName && spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of allContainers(spec)) defaultContainer(container);
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return;
  ensure(template, 'metadata');
  if (template.spec) defaultPodSpec(template.spec);
}

export function defaultPod(pod: Pod): void {
  const spec = ensure(pod, 'spec', () => ({ containers: [] }));
  defaultPodSpec(spec);
  defaultTo(spec, 'enableServiceLinks', true);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    defaultRequests(container);
    if (spec.hostNetwork) defaultHostPorts(container);
  }
}

/** Init, ordinary and ephemeral containers, in this order. */
export function allContainers(spec: PodSpec) {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}
