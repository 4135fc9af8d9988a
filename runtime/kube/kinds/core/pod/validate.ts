import { duplicate, forbidden, invalid, required } from '../../../field-errors';
import type { HostAlias, Pod, PodSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Label, checkDns1123Subdomain, checkQualifiedName } from '../../../names';
import { checkLabels } from '../../shared/labels';
import { checked, checkNonNegative, checkRange, maxInt32 } from '../../shared/limits';
import { checkObjectMeta, nameRules } from '../../shared/object-meta';
import { checkIp, checkOptionalWord, checkWord } from '../../shared/values';
import { checkAffinity } from './validate-affinity';
import { checkContainers } from './validate-container';
import { checkDns } from './validate-dns';
import { checkTolerations, checkTopologySpread } from './validate-scheduling';
import { checkPodSecurity } from './validate-security';
import { checkVolumes } from './validate-volume';

export function checkPod(pod: Pod): FieldError[] {
  return [
    ...checkObjectMeta(pod.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkPodSpec(pod.spec ?? { containers: [] }, 'spec'),
  ];
}

/** The rules of a pod's spec, in a Pod and in a template alike. */
export function checkPodSpec(spec: PodSpec, field: string): FieldError[] {
  const { serviceAccountName, nodeName, hostname, subdomain, priorityClassName } = spec;
  const name = (key: string, value: string | undefined, rule: (text: string) => string[]) =>
    value ? checked(`${field}.${key}`, value, rule(value)) : [];
  return [
    ...checkVolumes(spec.volumes, `${field}.volumes`),
    ...checkContainers(spec, field),
    ...checkWord(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...checkWord(`${field}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...checkDns(spec, `${field}.dnsConfig`),
    ...checkLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...checkPodSecurity(spec.securityContext, `${field}.securityContext`),
    ...(spec.imagePullSecrets ?? []).flatMap((secret, index) =>
      secret.name ? [] : [required(`${field}.imagePullSecrets[${index}].name`)],
    ),
    ...checkAffinity(spec.affinity, `${field}.affinity`),
    ...name('serviceAccountName', serviceAccountName, checkDns1123Subdomain),
    ...name('nodeName', nodeName, checkDns1123Subdomain),
    ...name('hostname', hostname, checkDns1123Label),
    ...name('subdomain', subdomain, checkDns1123Label),
    ...name('priorityClassName', priorityClassName, checkDns1123Subdomain),
    ...name('schedulerName', spec.schedulerName, checkDns1123Subdomain),
    ...checkRange(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, maxInt32),
    ...checkNonNegative(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...checkTolerations(spec.tolerations, `${field}.tolerations`),
    ...checkHostAliases(spec.hostAliases, `${field}.hostAliases`),
    ...checkOptionalWord(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    ...checkTopologySpread(spec.topologySpreadConstraints, `${field}.topologySpreadConstraints`),
    ...checkGates(spec, field),
    ...checkHostNamespaces(spec, field),
    ...checkUnserved(spec, field),
  ];
}

function checkHostAliases(aliases: HostAlias[] | undefined, field: string): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames }, index) => [
    ...checkIp(`${field}[${index}].ip`, ip),
    ...(hostnames ?? []).flatMap((host) => checked(`${field}[${index}].hostnames`, host, checkDns1123Subdomain(host))),
  ]);
}

function checkGates({ readinessGates, schedulingGates }: PodSpec, field: string): FieldError[] {
  const names = new Set<string>();
  return [
    ...(readinessGates ?? []).flatMap(({ conditionType }, index) => {
      const at = `${field}.readinessGates[${index}].conditionType`;
      return checked(at, conditionType, checkQualifiedName(conditionType ?? ''));
    }),
    ...(schedulingGates ?? []).flatMap(({ name }, index) => {
      const at = `${field}.schedulingGates[${index}]`;
      const errors = checked(at, name, checkQualifiedName(name ?? ''));
      if (names.has(name)) errors.push(duplicate(at, name));
      names.add(name);
      return errors;
    }),
  ];
}

function checkHostNamespaces(spec: PodSpec, field: string): FieldError[] {
  return spec.shareProcessNamespace && spec.hostPID
    ? [invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
    : [];
}

/** Fields that change what a pod is, and that nothing here acts on: refused rather than ignored. */
const unserved = ['runtimeClassName', 'resourceClaims', 'overhead', 'hostnameOverride', 'schedulingGroup'] as const;

function checkUnserved(spec: PodSpec, field: string): FieldError[] {
  const errors = unserved
    .filter((key) => spec[key] !== undefined && Object.keys(spec[key] as object | string).length > 0)
    .map((key) => forbidden(`${field}.${key}`, 'this field is not served'));
  if (spec.hostUsers === false) errors.push(forbidden(`${field}.hostUsers`, 'user namespaces are not served'));
  if (spec.os && spec.os.name !== 'linux') {
    errors.push(forbidden(`${field}.os.name`, `only linux is served, not ${JSON.stringify(spec.os.name)}`));
  }
  return errors;
}
