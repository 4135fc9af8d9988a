import type { Container, PodSpec, PodTemplateSpec } from '../../../generated/types';
import { allContainers } from './defaults';
import { volumeSources } from './volume-defaults';

/**
 * What a client should know about a pod's spec that is valid: definitions that hide one another, and fields that are
 * kept but that nothing acts on.
 */
export function podWarnings(spec: PodSpec | undefined, field = 'spec'): string[] {
  if (!spec) return [];
  return [
    ...noEffect(spec, field),
    ...volumeWarnings(spec, field),
    ...(['initContainers', 'containers'] as const).flatMap((list) =>
      (spec[list] ?? []).flatMap((container, index) =>
        containerWarnings(container, `${field}.${list}[${index}]`, spec.hostNetwork === true),
      ),
    ),
  ];
}

export function templateWarnings(template: PodTemplateSpec | undefined, field = 'spec.template.spec'): string[] {
  return podWarnings(template?.spec, field);
}

function noEffect(spec: PodSpec, field: string): string[] {
  const contexts = [spec.securityContext, ...allContainers(spec).map((container) => container.securityContext)];
  const unserved: Array<[path: string, given: boolean, why: string]> = [
    ['setHostnameAsFQDN', spec.setHostnameAsFQDN === true, 'the hostname is the short one'],
    [
      'securityContext.supplementalGroupsPolicy',
      spec.securityContext?.supplementalGroupsPolicy === 'Strict',
      "the image's groups are added too",
    ],
    ['securityContext.seLinuxOptions', contexts.some((context) => context?.seLinuxOptions), 'SELinux is not set up'],
  ];
  return unserved.filter(([, given]) => given).map(([path, , why]) => `${field}.${path}: has no effect; ${why}`);
}

/** The volume sources that agents mount. A pod with another one is kept, and waits for its volume. */
const mountedSources: readonly string[] = ['configMap', 'downwardAPI', 'emptyDir', 'hostPath', 'projected', 'secret'];

function volumeWarnings({ volumes }: PodSpec, field: string): string[] {
  return (volumes ?? []).flatMap((volume, index) =>
    volumeSources(volume)
      .filter((source) => !mountedSources.includes(source))
      .map((source) => `${field}.volumes[${index}].${source}: nodes do not mount this type; the pod will not start`),
  );
}

function containerWarnings(container: Container, field: string, hostNetwork: boolean): string[] {
  const warnings: string[] = [];
  const names = new Set<string>();
  for (const [index, { name }] of (container.env ?? []).entries()) {
    if (names.has(name)) {
      const what = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      warnings.push(`${field}.env[${index}]: ${what}`);
    }
    names.add(name);
  }
  const ports = new Map<string, number>();
  for (const [index, { containerPort, hostPort, hostIP, protocol }] of (container.ports ?? []).entries()) {
    const key = `${protocol}/${containerPort}/${hostIP ?? ''}/${hostPort ?? ''}`;
    const first = ports.get(key);
    if (first === undefined) ports.set(key, index);
    else warnings.push(`${field}.ports[${index}]: duplicate port definition with ${field}.ports[${first}]`);
    if (hostPort && !hostNetwork) {
      warnings.push(`${field}.ports[${index}].hostPort: has no effect; use a Service of type NodePort, or hostNetwork`);
    }
  }
  for (const [index, { recursiveReadOnly }] of (container.volumeMounts ?? []).entries()) {
    if (recursiveReadOnly && recursiveReadOnly !== 'Disabled') {
      warnings.push(`${field}.volumeMounts[${index}].recursiveReadOnly: has no effect; submounts stay writable`);
    }
  }
  if (container.securityContext?.procMount === 'Unmasked') {
    warnings.push(`${field}.securityContext.procMount: has no effect; /proc stays masked`);
  }
  return warnings;
}
