import { duplicate, forbidden, invalid, notFound, required } from '../../../field-errors';
import type { Container, ContainerPort, PodSpec, VolumeMount } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Label, checkPortName, checkPortNumber } from '../../../names';
import { isRestartableInit } from '../../../pod-status';
import { checked } from '../../shared/limits';
import { checkIp, checkOptionalWord, checkWord, protocols } from '../../shared/values';
import { checkNoBacksteps, checkRelativePath } from './paths';
import { checkEnv, checkEnvFrom } from './validate-env';
import { checkLifecycle, checkProbes } from './validate-probe';
import { checkResources } from './validate-resources';
import { checkContainerSecurity } from './validate-security';

/** The rules of `spec.initContainers` and `spec.containers`. */
export function checkContainers(spec: PodSpec, field: string): FieldError[] {
  const containers = spec.containers ?? [];
  const names = new Set<string>();
  const init = (spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${field}.initContainers[${index}]`;
    return [
      ...checkContainer(container, spec, at),
      ...checkInitOnly(container, at),
      ...checkUniqueName(container.name, names, at),
    ];
  });
  // A missing name of one list may not hide in the other: names are unique in the pod.
  const main = containers.flatMap((container, index) => {
    const at = `${field}.containers[${index}]`;
    const errors = [...checkContainer(container, spec, at), ...checkUniqueName(container.name, names, at)];
    if (container.restartPolicy) {
      errors.push(forbidden(`${at}.restartPolicy`, 'may not be set for non-init containers'));
    }
    return errors;
  });
  return [
    ...(containers.length ? [] : [required(`${field}.containers`)]),
    ...main,
    ...init,
    ...checkHostPortConflicts(containers, `${field}.containers`),
  ];
}

function checkUniqueName(name: string, names: Set<string>, field: string): FieldError[] {
  if (!name) return [];
  if (names.has(name)) return [duplicate(`${field}.name`, name)];
  names.add(name);
  return [];
}

function checkInitOnly(container: Container, field: string): FieldError[] {
  const errors = checkOptionalWord(`${field}.restartPolicy`, container.restartPolicy, ['Always']);
  if (isRestartableInit(container)) return errors;
  for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[key]) {
      errors.push(forbidden(`${field}.${key}`, 'may not be set for init containers without restartPolicy=Always'));
    }
  }
  return errors;
}

function checkContainer(container: Container, spec: PodSpec, field: string): FieldError[] {
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  return [
    ...(container.name
      ? checked(`${field}.name`, container.name, checkDns1123Label(container.name))
      : [required(`${field}.name`)]),
    ...checkImage(container.image, `${field}.image`),
    ...checkLifecycle(container.lifecycle, `${field}.lifecycle`, grace),
    ...checkProbes(container, field, grace),
    ...checkWord(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...checkPorts(container.ports, `${field}.ports`, spec.hostNetwork ?? false),
    ...checkEnv(container.env, `${field}.env`),
    ...checkEnvFrom(container.envFrom, `${field}.envFrom`),
    ...checkMounts(container, spec, `${field}.volumeMounts`),
    ...(container.volumeDevices?.length
      ? [forbidden(`${field}.volumeDevices`, 'block devices are not served; use volumeMounts')]
      : []),
    ...(container.restartPolicyRules?.length
      ? [forbidden(`${field}.restartPolicyRules`, 'restart rules of one container are not served')]
      : []),
    ...checkWord(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...checkResources(container.resources, `${field}.resources`),
    ...checkContainerSecurity(container.securityContext, `${field}.securityContext`),
  ];
}

export function checkImage(image: string | undefined, field: string): FieldError[] {
  if (!image) return [required(field)];
  return image.trim() === image ? [] : [invalid(field, image, 'must not have leading or trailing whitespace')];
}

function checkPorts(ports: ContainerPort[] | undefined, field: string, hostNetwork: boolean): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap((port, index) => {
    const at = `${field}[${index}]`;
    const errors = port.name ? checked(`${at}.name`, port.name, checkPortName(port.name)) : [];
    if (port.name && errors.length === 0) {
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...checked(`${at}.containerPort`, port.containerPort, checkPortNumber(port.containerPort)));
    if (port.hostPort) errors.push(...checked(`${at}.hostPort`, port.hostPort, checkPortNumber(port.hostPort)));
    if (hostNetwork && port.hostPort !== port.containerPort) {
      errors.push(
        invalid(`${at}.hostPort`, port.hostPort ?? 0, 'must match `containerPort` when `hostNetwork` is true'),
      );
    }
    if (port.hostIP) errors.push(...checkIp(`${at}.hostIP`, port.hostIP));
    return [...errors, ...checkWord(`${at}.protocol`, port.protocol, protocols)];
  });
}

function checkHostPortConflicts(containers: Container[], field: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap((container, c) =>
    (container.ports ?? []).flatMap((port, p) => {
      if (!port.hostPort) return [];
      const text = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(text)) return [duplicate(`${field}[${c}].ports[${p}].hostPort`, text)];
      taken.add(text);
      return [];
    }),
  );
}

type Mounting = Pick<Container, 'volumeMounts' | 'securityContext'>;

/** The volume mounts of a container of any kind. */
export function checkMounts(container: Mounting, spec: PodSpec, field: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = `${field}[${index}]`;
    const errors = mount.name ? [] : [required(`${at}.name`)];
    if (mount.name && !volumes.has(mount.name)) errors.push(notFound(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (paths.has(mount.mountPath)) errors.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    return [...errors, ...checkSubPaths(mount, at), ...checkPropagation(mount, container, at)];
  });
}

function checkSubPaths({ subPath, subPathExpr }: VolumeMount, field: string): FieldError[] {
  const errors = subPath ? checkRelativePath(`${field}.subPath`, subPath) : [];
  if (!subPathExpr) return errors;
  if (subPath)
    errors.push(invalid(`${field}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  if (subPathExpr.startsWith('/')) return [...errors, ...checkRelativePath(`${field}.subPathExpr`, subPathExpr)];
  return [...errors, ...checkNoBacksteps(`${field}.subPathExpr`, subPathExpr)];
}

function checkPropagation({ mountPropagation }: VolumeMount, container: Mounting, field: string): FieldError[] {
  const at = `${field}.mountPropagation`;
  const errors = checkOptionalWord(at, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
    errors.push(forbidden(at, 'Bidirectional mount propagation is available only to privileged containers'));
  }
  return errors;
}
