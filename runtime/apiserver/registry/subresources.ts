import type { Binding, LabelSelector, Namespace, Pod, Scale } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { parsePath, valueAt } from '../../kube/path';
import { isObject } from '../../kube/schema-engine';
import { formatLabelSelector } from '../../kube/selector';
import { StatusError } from '../../kube/status-error';
import { podConditions } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import { admissionRequest } from '../admission';
import type { RegistryContext, Target, WriteRequest } from './context';
import { conflict } from './errors';
import type { StoredObject } from './stored-object';
import { modifyObject } from './update';

/** The Scale that a scalable object shows. */
export function scaleOf({ kind }: Pick<Target, 'kind'>, object: AnyObject): Scale {
  const paths = kind.subresources.scale;
  if (!paths) throw new Error(`${kind.resource.kind} has no scale`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: Number(valueAt(object, paths.specReplicas) ?? 0) },
    status: {
      replicas: Number(valueAt(object, paths.statusReplicas) ?? 0),
      selector: selectorText(valueAt(object, paths.selector)),
    },
  };
}

/** A selector in its string form: written as one (a custom kind's), as a map of labels (ReplicationController), or as a LabelSelector. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (!isObject(selector)) return '';
  const plain = Object.values(selector).every((value) => typeof value === 'string');
  return formatLabelSelector((plain ? { matchLabels: selector } : selector) as LabelSelector);
}

/**
 * Writes an object's replicas through its Scale; `change` makes the new Scale of the present one.
 * @throws StatusError 422 for replicas that are no count, and what an update throws
 */
export async function writeScale(
  context: RegistryContext,
  target: Target,
  change: (scale: Scale) => unknown,
  request: WriteRequest,
): Promise<Scale> {
  const path = target.kind.subresources.scale?.specReplicas ?? '';
  const stored = await modifyObject(
    context,
    target,
    'scale',
    (base) => {
      const scale = change(scaleOf(target, base)) as Partial<Scale>;
      checkScaleVersion(target, scale, base);
      setAt(base, path, replicasOf(target, scale));
      return { value: base, duplicates: [] };
    },
    request,
  );
  return scaleOf(target, stored.object);
}

/** @throws StatusError 409 for a Scale of another version of the object */
export function checkScaleVersion({ kind, name }: Target, { metadata }: Partial<Scale>, scaled: AnyObject): void {
  const version = metadata?.resourceVersion;
  if (version && version !== scaled.metadata.resourceVersion) {
    throw conflict(kind.resource, name, 'the object has been modified');
  }
}

/** The replicas that a Scale asks for. @throws StatusError 422 for what is no count */
export function replicasOf({ name }: Target, scale: Partial<Scale>): number {
  const replicas = scale.spec?.replicas ?? 0;
  if (Number.isSafeInteger(replicas) && replicas >= 0) return replicas;
  throw new StatusError(
    'Invalid',
    `Scale.autoscaling "${name}" is invalid: spec.replicas: Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`,
    {
      name,
      group: 'autoscaling',
      kind: 'Scale',
      causes: [{ reason: 'FieldValueInvalid', message: 'must be greater than or equal to 0', field: 'spec.replicas' }],
    },
  );
}

function setAt(object: AnyObject, path: string, value: unknown): void {
  const steps = parsePath(path);
  const last = steps.pop() as string;
  const parent = steps.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), object);
  if (isObject(parent)) parent[last] = value;
}

/** Binds a pod to a node (`pods/binding`). @throws StatusError 409 when it is bound already or being deleted */
export async function bindPod(
  context: RegistryContext,
  target: Target,
  binding: Partial<Binding>,
  request: WriteRequest,
): Promise<void> {
  const node = binding.target?.name;
  const { resource } = target.kind;
  if (!node || (binding.target?.kind && binding.target.kind !== 'Node')) {
    throw new StatusError('Invalid', `Binding "${target.name}" is invalid: target.name: Required value: a Node's name`);
  }
  const { labels } = admitPosted(context, target, 'binding', binding, request).metadata;
  await modifyObject(
    context,
    target,
    'binding',
    (base) => {
      const pod = base as unknown as Pod;
      const fail = (why: string) => conflict(resource, target.name, why);
      if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
        throw fail(
          `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
        );
      }
      if (pod.metadata.deletionTimestamp)
        throw fail(`pod ${target.name} is being deleted, cannot be assigned to a host`);
      if (pod.spec?.nodeName) throw fail(`pod ${target.name} is already assigned to node "${pod.spec.nodeName}"`);
      if (pod.spec?.schedulingGates?.length) throw fail(`pod ${target.name} has non-empty .spec.schedulingGates`);
      if (pod.spec) pod.spec.nodeName = node;
      const added = binding.metadata?.annotations;
      if (added) pod.metadata.annotations = { ...pod.metadata.annotations, ...added };
      if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
      const now = rfc3339(context.clock.now());
      const others = (pod.status?.conditions ?? []).filter((c) => c.type !== podConditions.scheduled);
      const scheduled = {
        type: podConditions.scheduled,
        status: 'True',
        lastProbeTime: undefined,
        lastTransitionTime: now,
      };
      pod.status = { ...pod.status, conditions: [...others, scheduled] };
      return { value: base, duplicates: [] };
    },
    request,
  );
}

/** What is posted to a subresource passes admission as a create, which may change it. @throws StatusError Forbidden, NotFound */
function admitPosted(
  { admission, lookups }: RegistryContext,
  { kind, namespace, name }: Target,
  subresource: string,
  posted: Partial<Binding>,
  request: WriteRequest,
): AnyObject {
  const object = { ...posted, metadata: { ...posted.metadata, name, namespace } } as AnyObject;
  admission.admit(admissionRequest('CREATE', kind.resource, object, undefined, { ...request, subresource, lookups }));
  return object;
}

/** Takes a Namespace's `spec.finalizers` (`namespaces/finalize`); the last one gone lets a deleted namespace go. */
export function finalizeNamespace(
  context: RegistryContext,
  target: Target,
  value: unknown,
  request: WriteRequest,
): Promise<StoredObject> {
  const wanted = value as Partial<Namespace>;
  const finalizers = wanted.spec?.finalizers ?? [];
  if (!Array.isArray(finalizers) || !finalizers.every((name) => typeof name === 'string')) {
    throw new StatusError('BadRequest', 'spec.finalizers must be a list of strings');
  }
  return modifyObject(
    context,
    target,
    'finalize',
    (base) => {
      const { uid, resourceVersion } = wanted.metadata ?? {};
      if (uid) base.metadata.uid = uid;
      if (resourceVersion) base.metadata.resourceVersion = resourceVersion;
      base.spec = { ...(base as unknown as Namespace).spec, finalizers };
      return { value: base, duplicates: [] };
    },
    request,
  );
}
