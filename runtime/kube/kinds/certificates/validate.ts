import { duplicate, forbidden, invalid, notSupported, required, tooLong } from '../../field-errors';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkDns1123Label, checkDns1123Subdomain } from '../../names';
import { equalJson } from '../../schema-engine';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { certificateProblem } from './certificate-chain';
import { signingRequestProblem } from './pkcs10';

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const minSeconds = 600;
const legacySigner = 'kubernetes.io/legacy-unknown';
/** Conditions that are there or not; there is no half approval. */
const verdicts = ['Approved', 'Denied', 'Failed'];
const conditionsField = 'status.conditions';
const certificateField = 'status.certificate';

export function checkRequest(request: CertificateSigningRequest): FieldError[] {
  return [
    ...checkObjectMeta(request.metadata, { namespaced: false, name: nameRules.pathSegment }),
    ...checkSpec(request.spec ?? ({} as CertificateSigningRequestSpec)),
    ...checkConditions(request.status?.conditions ?? []),
  ];
}

/** Spec and status are kept by the strategy: metadata is all that is left to be wrong. */
export function checkRequestUpdate({ metadata }: CertificateSigningRequest, old: CertificateSigningRequest) {
  return checkObjectMetaUpdate(metadata, old.metadata);
}

/** A signer's write: the certificate, and that it failed; never the approval. */
export function checkRequestStatus(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return [
    ...checkAnyStatus(request, old),
    ...checkVerdictsKept(request, old),
    ...checkCertificate(request.status?.certificate, old.status?.certificate),
  ];
}

/** An approver's write. */
export function checkApproval(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return checkAnyStatus(request, old);
}

function checkAnyStatus(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const removed = verdicts
    .filter((type) => ofType(request, type).length < ofType(old, type).length)
    .map((type) => forbidden(conditionsField, `updates may not remove a condition of type ${JSON.stringify(type)}`));
  return [
    ...checkObjectMetaUpdate(request.metadata, old.metadata),
    ...checkConditions(request.status?.conditions ?? []),
    ...removed,
  ];
}

function checkVerdictsKept(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return ['Approved', 'Denied'].flatMap((type) => {
    const now = ofType(request, type);
    const before = ofType(old, type);
    const quoted = JSON.stringify(type);
    if (now.length > before.length) {
      return [forbidden(conditionsField, `updates may not add a condition of type ${quoted}`)];
    }
    if (now.length < before.length || equalJson(now, before)) return [];
    return [forbidden(conditionsField, `updates may not modify a condition of type ${quoted}`)];
  });
}

function ofType({ status }: CertificateSigningRequest, type: string): CertificateSigningRequestCondition[] {
  return (status?.conditions ?? []).filter((condition) => condition.type === type);
}

function checkSpec(spec: CertificateSigningRequestSpec): FieldError[] {
  const { request = '', usages: wanted = [], expirationSeconds: seconds, signerName } = spec;
  const problem = signingRequestProblem(request);
  const errors = problem ? [invalid('spec.request', request, problem)] : [];
  if (wanted.length === 0) errors.push(required('spec.usages', 'usages must be provided'));
  for (const [index, usage] of wanted.entries()) {
    const at = `spec.usages[${index}]`;
    if (!usages.includes(usage)) errors.push(notSupported(at, usage, usages));
    if (wanted.indexOf(usage) < index) errors.push(duplicate(at, usage));
  }
  errors.push(...checkSigner(signerName, 'spec.signerName'));
  if (seconds !== undefined && seconds < minSeconds) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid('spec.expirationSeconds', seconds, detail));
  }
  return errors;
}

const maxDomainLength = 253;
/** Domain, slash, namespace, dot and name. */
const maxSignerLength = maxDomainLength + 1 + 63 + 1 + 253;

/** `example.com/signer`, or `example.com/namespace.name`. */
function checkSigner(signer: string | undefined, field: string): FieldError[] {
  if (!signer) return [required(field, 'signerName must be provided')];
  if (signer === legacySigner) {
    return [invalid(field, signer, 'the legacy signerName is not allowed via this API version')];
  }
  const [domain = '', path, ...more] = signer.split('/');
  if (path === undefined || more.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(field, signer, detail)];
  }
  const labels = domain.split('.');
  const errors = domain.length > maxDomainLength ? [tooLong(field, maxDomainLength)] : [];
  errors.push(...checkParts(domain, labels, checkDns1123Label, field));
  if (labels.length < 2) {
    errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  }
  errors.push(...checkParts(path, path.split('.'), checkDns1123Subdomain, field));
  if (signer.length > maxSignerLength) errors.push(tooLong(field, maxSignerLength));
  return errors;
}

/** What is wrong with the first part that is wrong. */
function checkParts(whole: string, parts: string[], rule: (part: string) => string[], field: string): FieldError[] {
  const bad = parts.find((part) => rule(part).length > 0);
  if (bad === undefined) return [];
  return rule(bad).map((message) => invalid(field, whole, `validating label ${JSON.stringify(bad)}: ${message}`));
}

function checkConditions(conditions: CertificateSigningRequestCondition[]): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap(({ type = '', status = '' }, index) => {
    const at = `${conditionsField}[${index}]`;
    const errors = type ? [] : [required(`${at}.type`)];
    const allowed = verdicts.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!status) errors.push(required(`${at}.status`));
    else if (!allowed.includes(status)) errors.push(notSupported(`${at}.status`, status, allowed));
    if ((type === 'Approved' && seen.has('Denied')) || (type === 'Denied' && seen.has('Approved'))) {
      errors.push(invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    return errors;
  });
}

function checkCertificate(certificate: string | undefined, old: string | undefined): FieldError[] {
  if ((certificate ?? '') === (old ?? '')) return [];
  const problem = certificateProblem(certificate ?? '');
  return [
    ...(problem ? [invalid(certificateField, '<certificate data>', problem)] : []),
    ...(old ? [forbidden(certificateField, 'updates may not modify existing certificate content')] : []),
  ];
}
