import { errorText, invalidObject } from '../../../../kube/field-errors';
import type { Namespace, Pod, PodTemplateSpec } from '../../../../kube/generated/types';
import type { FieldError } from '../../../../kube/kind';
import type { AnyObject } from '../../../../kube/object';
import { namespaces, pods } from '../../../../kube/resource';
import { isObject } from '../../../../kube/schema-engine';
import { type AdmissionPlugin, type AdmissionRequest, isOf, refuse } from '../../plugin';
import type { PodLike, Violation } from './check';
import { violations, violationsText } from './evaluate';
import { compareLevels, type LevelVersion, labelPrefix, type Policy, policyOf, policyText, samePolicy } from './policy';
import { significant } from './significant';
import { warningsOfPods } from './warnings';

/** Where workloads keep the template of their pods. */
const templates: Record<string, string[]> = {
  '/replicationcontrollers': ['spec', 'template'],
  '/podtemplates': ['template'],
  'apps/replicasets': ['spec', 'template'],
  'apps/deployments': ['spec', 'template'],
  'apps/statefulsets': ['spec', 'template'],
  'apps/daemonsets': ['spec', 'template'],
  'batch/jobs': ['spec', 'template'],
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Subresources of a pod that do not write it. */
const others = ['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'];

/**
 * The Pod Security Standards: what a namespace's labels enforce is refused in its pods; what they warn of or put on
 * record, in workloads too. Without labels everything is allowed.
 */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(request) {
    if (request.operation === 'DELETE') return;
    if (isOf(request, namespaces)) return checkNamespace(request);
    if (isOf(request, pods)) return checkPod(request);
    const { group, plural } = request.resource;
    const path = templates[`${group}/${plural}`];
    if (path && !request.subresource) checkTemplate(request, path);
  },
};

function checkNamespace(request: AdmissionRequest): void {
  const { object, oldObject, operation, subresource } = request;
  if (!object || subresource) return;
  const { policy, errors } = policyOf(object.metadata.labels);
  if (operation === 'CREATE' || !oldObject) {
    if (errors.length > 0) throw invalidNamespace(object, errors);
    return;
  }
  const before = policyOf(oldObject.metadata.labels);
  // What was wrong already may stay, so that everything else can still be changed.
  if (errors.length > 0 && textOf(errors) !== textOf(before.errors)) throw invalidNamespace(object, errors);
  const { enforce } = policy;
  const old = before.policy.enforce;
  const relaxed = enforce.version === old.version && compareLevels(enforce.level, old.level) <= 0;
  if (samePolicy(enforce, old) || enforce.level === 'privileged' || relaxed) return;
  const found = request.lookups.list(pods, request.name);
  if (found === 'unknown') return;
  for (const text of warningsOfPods(request.name, enforce, found)) request.warn(text);
}

function textOf(errors: readonly FieldError[]): string {
  return errors.map(errorText).join();
}

function invalidNamespace(object: AnyObject, errors: FieldError[]) {
  return invalidObject('', 'Namespace', object.metadata.name ?? '', errors);
}

function checkPod(request: AdmissionRequest): void {
  const { object, oldObject, operation, subresource } = request;
  if (!object || (subresource && others.includes(subresource))) return;
  const named = policyFor(request);
  if (!named) return;
  const pod = object as unknown as Pod;
  if (operation === 'UPDATE' && oldObject && !significant(pod, oldObject as unknown as Pod)) return;
  evaluate(request, named, { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } }, true);
}

function checkTemplate(request: AdmissionRequest, path: readonly string[]): void {
  const named = policyFor(request);
  if (!named) return;
  const { warn, audit } = named.policy;
  if (named.errors.length === 0 && warn.level === 'privileged' && audit.level === 'privileged') return;
  const found = path.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), request.object);
  if (!isObject(found)) return;
  const { metadata = {}, spec } = found as PodTemplateSpec;
  if (spec) evaluate(request, named, { metadata, spec }, false);
}

type NamedPolicy = ReturnType<typeof policyOf>;

/** The policy of the request's namespace; undefined where it allows everything or is not known. */
function policyFor({ namespace = '', lookups }: AdmissionRequest): NamedPolicy | undefined {
  const found: Namespace | 'missing' | 'unknown' = lookups.get(namespaces, { name: namespace });
  if (found === 'missing' || found === 'unknown') return undefined;
  const named = policyOf(found.metadata.labels);
  const modes = Object.values(named.policy);
  return named.errors.length === 0 && modes.every(({ level }) => level === 'privileged') ? undefined : named;
}

function evaluate(request: AdmissionRequest, { policy, errors }: NamedPolicy, pod: PodLike, enforced: boolean): void {
  if (errors.length > 0) request.annotate(`${labelPrefix}error`, `Failed to parse policy: ${textOf(errors)}`);
  const found = memo(pod);
  const would = (mode: LevelVersion) =>
    `would violate PodSecurity "${policyText(mode)}": ${violationsText(found(mode))}`;
  if (enforced) request.annotate(`${labelPrefix}enforce-policy`, policyText(policy.enforce));
  if (found(policy.audit).length > 0) request.annotate(`${labelPrefix}audit-violations`, would(policy.audit));
  if (enforced) refuseViolations(request, policy, found(policy.enforce));
  if (found(policy.warn).length > 0) request.warn(would(policy.warn));
}

function refuseViolations(request: AdmissionRequest, { enforce }: Policy, found: Violation[]): void {
  if (found.length === 0) return;
  throw refuse(request, `violates PodSecurity "${policyText(enforce)}": ${violationsText(found)}`);
}

/** What violates a level, found once. */
function memo(pod: PodLike): (mode: LevelVersion) => Violation[] {
  const known = new Map<string, Violation[]>();
  return (mode) => {
    const key = policyText(mode);
    const found = known.get(key) ?? violations(mode, pod);
    known.set(key, found);
    return found;
  };
}
