import { isIP } from 'node:net';
import { duplicate, forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { Service, ServiceSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Subdomain } from '../../../names';
import { isCidr } from '../../shared/cidr';
import { checkLabels } from '../../shared/labels';
import { checked } from '../../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../../shared/object-meta';
import { checkIp, checkOptionalWord, checkWord } from '../../shared/values';
import { hasAnyEndpoints, hasClusterIp, isExternallyReachable, isHeadless } from './defaults';
import { checkServicePorts } from './validate-ports';

export function checkService(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  return [
    ...checkObjectMeta(service.metadata, { namespaced: true, name: nameRules.service }),
    ...checkType(spec),
    ...checkServicePorts(spec, 'spec.ports'),
    ...checkLabels(spec.selector, 'spec.selector'),
    ...checkSessionAffinity(spec),
    ...checkClusterIps(spec),
    ...checkPolicies(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => checkIp(`spec.externalIPs[${index}]`, ip)),
    ...checkLoadBalancer(spec),
  ];
}

function checkType(spec: ServiceSpec): FieldError[] {
  const errors = checkWord('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
  switch (spec.type) {
    case 'NodePort':
    case 'LoadBalancer':
      if (isHeadless(spec)) {
        errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
      }
      break;
    case 'ExternalName':
      for (const key of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
        if (spec[key]?.length) errors.push(forbidden(`spec.${key}`, 'may not be set for ExternalName services'));
      }
      if (!spec.externalName) errors.push(required('spec.externalName'));
      else {
        const name = spec.externalName.replace(/\.$/, '').toLowerCase();
        errors.push(...checked('spec.externalName', spec.externalName, checkDns1123Subdomain(name)));
      }
  }
  return errors;
}

function checkSessionAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const errors = checkWord('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']);
  const seconds = config?.clientIP?.timeoutSeconds;
  if (sessionAffinity === 'ClientIP' && (seconds === undefined || seconds <= 0 || seconds > 86400)) {
    const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
    errors.push(invalid(field, seconds, 'must be greater than 0 and less than 86400'));
  }
  if (sessionAffinity === 'None' && config) {
    const detail = 'must not be set when session affinity is None';
    errors.push(forbidden('spec.sessionAffinityConfig', detail));
  }
  return errors;
}

function checkClusterIps(spec: ServiceSpec): FieldError[] {
  if (!hasClusterIp(spec)) return [];
  const { clusterIP, clusterIPs = [] } = spec;
  const errors: FieldError[] = [];
  if (clusterIP && clusterIPs[0] !== clusterIP) {
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  }
  if (!clusterIP && clusterIPs.length > 0) {
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  if (clusterIPs.length > 1) {
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 1 value: this cluster is IPv4 only'));
  }
  for (const [index, ip] of clusterIPs.entries()) {
    if (ip !== 'None') errors.push(...checkIp(`spec.clusterIPs[${index}]`, ip));
    if (isIP(ip) === 6) errors.push(invalid(`spec.clusterIPs[${index}]`, ip, 'must be an IPv4 address'));
  }
  return [...errors, ...checkFamilies(spec)];
}

function checkFamilies(spec: ServiceSpec): FieldError[] {
  const { ipFamilies = [], ipFamilyPolicy } = spec;
  const policies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'];
  const errors = checkOptionalWord('spec.ipFamilyPolicy', ipFamilyPolicy, policies);
  const fail = (why: string) => errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, why));
  const twoStacks = hasAnyEndpoints(spec);
  if (ipFamilyPolicy === 'RequireDualStack' && !twoStacks) {
    fail('this cluster is not configured for dual-stack services');
  }
  if (ipFamilyPolicy === 'SingleStack' && ipFamilies.length > 1) {
    fail("must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
  }
  for (const [index, family] of ipFamilies.entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(at, family, ['IPv4', 'IPv6']));
    else if (ipFamilies.indexOf(family) < index) errors.push(duplicate(at, family));
    else if (family === 'IPv6' && !twoStacks) errors.push(invalid(at, family, 'not configured on this cluster'));
  }
  return errors;
}

function checkPolicies(spec: ServiceSpec): FieldError[] {
  const { internalTrafficPolicy, externalTrafficPolicy } = spec;
  const policies = ['Cluster', 'Local'];
  const errors: FieldError[] = [];
  if (hasClusterIp(spec)) errors.push(...checkWord('spec.internalTrafficPolicy', internalTrafficPolicy, policies));
  if (externalTrafficPolicy) {
    const field = 'spec.externalTrafficPolicy';
    if (isExternallyReachable(spec)) errors.push(...checkWord(field, externalTrafficPolicy, policies));
    else errors.push(invalid(field, externalTrafficPolicy, 'may only be set for externally-accessible services'));
  }
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  return [...errors, ...checkOptionalWord('spec.trafficDistribution', spec.trafficDistribution, distributions)];
}

function checkLoadBalancer(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const balancer = spec.type === 'LoadBalancer';
  if (!balancer && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  }
  if (!balancer && spec.loadBalancerClass) {
    errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
  if (spec.healthCheckNodePort && !(balancer && spec.externalTrafficPolicy === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, detail));
  }
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    const at = `spec.loadBalancerSourceRanges[${index}]`;
    if (!balancer) errors.push(forbidden(at, "may only be used when `type` is 'LoadBalancer'"));
    else if (!isCidr(range.trim())) {
      errors.push(invalid(at, range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
    }
  }
  return errors;
}

export function checkServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors = checkObjectMetaUpdate(service.metadata, old.metadata);
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  if (!hasClusterIp(spec) || !hasClusterIp(before)) return errors;
  const oldIp = before.clusterIPs?.[0];
  if (oldIp && spec.clusterIPs?.[0] !== oldIp) {
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs, 'may not change once set'));
  }
  const balancer = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (balancer && spec.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  return errors;
}
