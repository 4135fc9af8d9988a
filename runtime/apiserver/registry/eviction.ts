import type { DeleteOptions, Eviction, Pod, PodDisruptionBudget } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { isPodReady, isTerminal, withCondition } from '../../kube/pod-status';
import { podDisruptionBudgets } from '../../kube/resource';
import { selectsLabels } from '../../kube/selector';
import { isStatusError, StatusError } from '../../kube/status-error';
import { podConditions } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import { admissionRequest } from '../admission';
import type { RegistryContext, Target, WriteRequest } from './context';
import { deleteObject } from './delete';
import { conflict, notFound } from './errors';
import { cachedObject } from './read';
import type { StoredObject } from './stored-object';
import { modifyObject } from './update';

/** Evictions that the budget's controller has not yet seen: more than that, and something is wrong with it. */
const maxUnconfirmed = 2000;
/** When a client shall ask again whose budget has not been counted yet, in seconds. */
const retryUncounted = 10;

/**
 * Evicts a pod (`pods/eviction`): deletes it where its disruption budget allows that, and charges the budget.
 * @throws StatusError 429 with the cause DisruptionBudget where the budget does not allow it now; 404, 409 as a delete
 */
export async function evictPod(
  context: RegistryContext,
  target: Target,
  eviction: Partial<Eviction>,
  request: WriteRequest,
): Promise<void> {
  const { kind, namespace, name } = target;
  if (eviction.metadata?.name && eviction.metadata.name !== name) {
    throw new StatusError('BadRequest', 'name in URL does not match name in Eviction object');
  }
  if (eviction.apiVersion && !versions.includes(eviction.apiVersion)) {
    const why = `the API version in the data (${eviction.apiVersion}) does not match the expected API version (policy/v1)`;
    throw new StatusError('BadRequest', why);
  }
  const { admission, lookups } = context;
  const posted = { ...eviction, metadata: { ...eviction.metadata, name, namespace } } as AnyObject;
  const write = { ...request, subresource: 'eviction', lookups };
  admission.admit(admissionRequest('CREATE', kind.resource, posted, undefined, write));

  const options: Partial<DeleteOptions> = eviction.deleteOptions ?? {};
  const asked: WriteRequest = { ...request, dryRun: request.dryRun || options.dryRun?.includes('All') === true };
  await context.cache.fresh();
  const stored = cachedObject(context.cache, target);
  if (!stored) throw notFound(kind.resource, name);
  const pod = stored.object as unknown as Pod;
  const budget = disrupts(pod) ? budgetOf(context, pod) : undefined;
  const preconditions: Preconditions = { ...options.preconditions };
  checkPreconditions(target, pod, preconditions);
  if (budget) {
    const verdict = unhealthyVerdict(pod, budget);
    // A pod that has become ready meanwhile would have to be charged: the deletion is of the pod as it was looked at.
    if (verdict === 'free') preconditions.resourceVersion = String(stored.revision);
    else await charge(context, budget, pod, asked);
  }
  if (asked.dryRun) return;
  const marked = await markDisrupted(context, target, preconditions, asked);
  // The deletion is of the version that the mark has made of the one asked for.
  if (preconditions.resourceVersion) preconditions.resourceVersion = String(marked.revision);
  await deleteObject(context, target, { ...options, preconditions }, asked);
}

type Preconditions = NonNullable<DeleteOptions['preconditions']>;

/** @throws StatusError 409 for a pod, or a version of it, that is not the one asked for */
function checkPreconditions({ kind, name }: Target, { metadata }: Pod, { uid, resourceVersion }: Preconditions): void {
  const refuse = (what: string, asked: string, is: string | undefined) =>
    conflict(
      kind.resource,
      name,
      `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${is}`,
    );
  if (uid && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid);
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
}

const versions = ['policy/v1', 'policy/v1beta1'];

/** Whether it makes a difference that the pod goes: one that has not begun, has ended or is ending makes none. */
function disrupts(pod: Pod): boolean {
  return !isTerminal(pod) && pod.status?.phase !== 'Pending' && !pod.metadata.deletionTimestamp;
}

/** The budget that counts the pod. @throws StatusError 500 where more than one does, as in Kubernetes */
function budgetOf(context: RegistryContext, pod: Pod): PodDisruptionBudget | undefined {
  const found = context.lookups.list(podDisruptionBudgets, pod.metadata.namespace);
  const budgets = (found === 'unknown' ? [] : found).filter(
    ({ spec }) => spec?.selector && selectsLabels(spec.selector, pod.metadata.labels ?? {}),
  );
  if (budgets.length > 1) {
    const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError('InternalError', why);
  }
  return budgets[0];
}

function budgetKind({ catalog }: RegistryContext) {
  const { group, version, plural } = podDisruptionBudgets;
  return catalog.find(group, version, plural);
}

/** A pod that does not serve may go without charge where its budget's policy says so. */
function unhealthyVerdict(pod: Pod, { spec, status }: PodDisruptionBudget): 'free' | 'charged' {
  if (isPodReady(pod)) return 'charged';
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return 'free';
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy ? 'free' : 'charged';
}

/** Takes one disruption from the budget, by compare-and-swap. @throws StatusError 429 where there is none left */
async function charge(context: RegistryContext, budget: PodDisruptionBudget, pod: Pod, request: WriteRequest) {
  const kind = budgetKind(context);
  if (!kind) return;
  const { namespace, name = '' } = budget.metadata;
  try {
    await modifyObject(
      context,
      { kind, namespace, name },
      'status',
      (base) => {
        const now = rfc3339(context.clock.now());
        takeDisruption(base as unknown as PodDisruptionBudget, pod.metadata.name ?? '', now);
        return { value: base, duplicates: [] };
      },
      request,
    );
  } catch (error) {
    // A budget that is gone counts nothing any more.
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}

function takeDisruption(budget: PodDisruptionBudget, pod: string, now: string): void {
  const { metadata, status = {} as NonNullable<PodDisruptionBudget['status']> } = budget;
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0, disruptedPods = {} } = status;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, retryUncounted);
  }
  if (disruptionsAllowed < 0) {
    throw new StatusError('Forbidden', `pdb ${metadata.name} disruptions allowed is negative`);
  }
  if (Object.keys(disruptedPods).length > maxUnconfirmed) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw new StatusError('Forbidden', why);
  }
  if (disruptionsAllowed === 0) {
    throw refused(
      `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  }
  status.disruptionsAllowed = disruptionsAllowed - 1;
  status.disruptedPods = { ...disruptedPods, [pod]: now };
  if (status.disruptionsAllowed === 0) {
    const condition = { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' };
    const observedGeneration = status.observedGeneration;
    status.conditions = withCondition(
      status.conditions,
      { ...condition, observedGeneration, lastTransitionTime: now },
      now,
    );
  }
  budget.status = status;
}

function refused(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Says on the pod why it ends, so that a Job need not count it as a failure. */
function markDisrupted(
  context: RegistryContext,
  target: Target,
  preconditions: Preconditions,
  request: WriteRequest,
): Promise<StoredObject> {
  return modifyObject(
    context,
    target,
    'status',
    (base) => {
      const pod = base as unknown as Pod;
      checkPreconditions(target, pod, preconditions);
      const now = rfc3339(context.clock.now());
      const condition = {
        type: podConditions.disruptionTarget,
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      };
      pod.status = { ...pod.status, conditions: withCondition(pod.status?.conditions, condition, now) };
      return { value: base, duplicates: [] };
    },
    request,
  );
}
