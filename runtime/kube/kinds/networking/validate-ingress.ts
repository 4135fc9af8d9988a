import { isIP } from 'node:net';
import { invalid, notSupported, required } from '../../field-errors';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
  TypedLocalObjectReference,
} from '../../generated/types';
import type { FieldError } from '../../kind';
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkPortName,
  checkPortNumber,
  checkWildcardDns1123Subdomain,
} from '../../names';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { checkIp } from '../shared/values';

export const ingressClassAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** What would make one path mean another than it reads. */
const misleadingParts = ['//', '/./', '/../', '%2f', '%2F'];
const misleadingEnds = ['/..', '/.'];
const noIp = 'must be a DNS name, not an IP address';

export function checkIngress({ metadata, spec = {} }: Ingress): FieldError[] {
  return [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkSpec(spec),
    ...checkClass(metadata.annotations?.[ingressClassAnnotation], spec.ingressClassName),
  ];
}

export function checkIngressUpdate({ metadata }: Ingress, old: Ingress): FieldError[] {
  return checkObjectMetaUpdate(metadata, old.metadata);
}

export function checkIngressStatus({ metadata, status }: Ingress, old: Ingress): FieldError[] {
  return [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, index) => {
      const at = `status.loadBalancer.ingress[${index}]`;
      return [
        ...(ip ? checkIp(`${at}.ip`, ip) : []),
        ...(hostname ? checked(`${at}.hostname`, hostname, checkDns1123Subdomain(hostname)) : []),
        ...(hostname && isIP(hostname) ? [invalid(`${at}.hostname`, hostname, noIp)] : []),
      ];
    }),
  ];
}

function checkClass(annotation: string | undefined, name: string | undefined): FieldError[] {
  const errors = name === undefined ? [] : checked('spec.ingressClassName', name, checkDns1123Subdomain(name));
  if (annotation !== undefined && name !== undefined && annotation !== name) {
    const field = `annotations.${ingressClassAnnotation}`;
    errors.push(invalid(field, annotation, 'must match `ingressClassName` when both are specified'));
  }
  return errors;
}

function checkSpec({ rules = [], defaultBackend, tls = [] }: IngressSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    errors.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) errors.push(...checkBackend(defaultBackend, 'spec.defaultBackend'));
  return [
    ...errors,
    ...rules.flatMap((rule, index) => checkRule(rule, `spec.rules[${index}]`)),
    ...tls.flatMap((entry, index) => checkTls(entry, `spec.tls[${index}]`)),
  ];
}

function checkTls({ hosts = [], secretName }: IngressTLS, field: string): FieldError[] {
  return [
    ...hosts.flatMap((host, index) => checked(`${field}.hosts[${index}]`, host, hostProblems(host))),
    ...(secretName ? checked(`${field}.secretName`, secretName, checkDns1123Subdomain(secretName)) : []),
  ];
}

function hostProblems(host: string): string[] {
  return host.includes('*') ? checkWildcardDns1123Subdomain(host) : checkDns1123Subdomain(host);
}

function checkRule({ host, http }: IngressRule, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host) {
    if (isIP(host)) errors.push(invalid(`${field}.host`, host, noIp));
    errors.push(...checked(`${field}.host`, host, hostProblems(host)));
  }
  if (!http) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(`${field}.http.paths`));
  return [...errors, ...paths.flatMap((path, index) => checkPath(path, `${field}.http.paths[${index}]`))];
}

function checkPath({ path = '', pathType, backend }: HTTPIngressPath, field: string): FieldError[] {
  if (pathType === undefined) return [required(`${field}.pathType`, 'pathType must be specified')];
  return [...checkPathText(path, pathType, field), ...checkBackend(backend ?? {}, `${field}.backend`)];
}

function checkPathText(path: string, type: string, field: string): FieldError[] {
  if (!pathTypes.includes(type)) return [notSupported(`${field}.pathType`, type, pathTypes)];
  const problems: string[] = [];
  const exact = type !== 'ImplementationSpecific';
  if (!path.startsWith('/') && (exact || path !== '')) problems.push('must be an absolute path');
  if (exact) {
    problems.push(
      ...misleadingParts.filter((part) => path.includes(part)).map((part) => `must not contain '${part}'`),
      ...misleadingEnds.filter((end) => path.endsWith(end)).map((end) => `cannot end with '${end}'`),
    );
  }
  return checked(`${field}.path`, path, problems);
}

function checkBackend({ service, resource }: IngressBackend, field: string): FieldError[] {
  if (service && resource) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource) return checkReference(resource, `${field}.resource`);
  if (service) return checkServiceBackend(service, field);
  return [invalid(field, '', 'resource or service backend is required')];
}

function checkServiceBackend({ name, port = {} }: IngressServiceBackend, field: string): FieldError[] {
  const at = `${field}.service`;
  const errors = name ? checked(`${at}.name`, name, checkDns1035Label(name)) : [required(`${at}.name`)];
  if (port.name && port.number) errors.push(invalid(field, '', 'cannot set both port name & port number'));
  else if (port.name) errors.push(...checked(`${at}.port.name`, port.name, checkPortName(port.name)));
  else if (port.number) errors.push(...checked(`${at}.port.number`, port.number, checkPortNumber(port.number)));
  else errors.push(required(field, 'port name or number is required'));
  return errors;
}

/** What names an object beside this one: a backend that is no Service. */
function checkReference({ apiGroup, kind, name }: TypedLocalObjectReference, field: string): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : checked(`${field}.apiGroup`, apiGroup, checkDns1123Subdomain(apiGroup))),
    ...checkSegment(kind, `${field}.kind`),
    ...checkSegment(name, `${field}.name`),
  ];
}

/** A required name that can stand in a URL. */
export function checkSegment(value: string | undefined, field: string): FieldError[] {
  return value ? checked(field, value, checkPathSegment(value)) : [required(field)];
}
