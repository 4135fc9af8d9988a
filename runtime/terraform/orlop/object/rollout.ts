import type { AnyObject } from '../../../kube/object';

/** Where an object stands after it was applied: done, on its way, or never to arrive by itself. */
export type RolloutState = { done: true } | { done: false; waitingFor: string; failed?: string };

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

const done: RolloutState = { done: true };

/** Whether the object has rolled out, read from its status as `kubectl rollout status` does. Kinds without a rollout are done. */
export function rolloutState(object: AnyObject): RolloutState {
  const status = (object.status ?? {}) as Record<string, unknown>;
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  const waiting = (waitingFor: string): RolloutState => ({ done: false, waitingFor });
  const observed = number(status.observedGeneration) >= number(object.metadata.generation);
  switch (`${object.apiVersion.split('/')[0]}/${object.kind}`) {
    case 'v1/Namespace':
      return status.phase === 'Active' ? done : waiting(`phase is ${String(status.phase ?? 'unset')}`);
    case 'v1/Pod':
      return podState(status);
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return definitionState(status);
    case 'apps/Deployment': {
      if (!observed) return waiting('the new specification has not been observed yet');
      const wanted = spec.replicas === undefined ? 1 : number(spec.replicas);
      const [updated, total, available] = [
        number(status.updatedReplicas),
        number(status.replicas),
        number(status.availableReplicas),
      ];
      const progressing = conditions(status).find(({ type }) => type === 'Progressing');
      const waitingFor = `${updated} of ${wanted} replicas updated, ${available} available`;
      if (progressing?.reason === 'ProgressDeadlineExceeded') {
        return { done: false, waitingFor, failed: progressing.message ?? 'the progress deadline is exceeded' };
      }
      if (updated < wanted || available < wanted) return waiting(waitingFor);
      return total > updated ? waiting(`${total - updated} old replicas are still there`) : done;
    }
    case 'apps/StatefulSet':
    case 'apps/ReplicaSet': {
      if (!observed) return waiting('the new specification has not been observed yet');
      const wanted = spec.replicas === undefined ? 1 : number(spec.replicas);
      const ready = number(status.readyReplicas);
      const updated = object.kind === 'StatefulSet' ? number(status.updatedReplicas) : wanted;
      return ready >= wanted && updated >= wanted ? done : waiting(`${ready} of ${wanted} replicas ready`);
    }
    case 'apps/DaemonSet': {
      if (!observed) return waiting('the new specification has not been observed yet');
      const [wanted, ready] = [number(status.desiredNumberScheduled), number(status.numberAvailable)];
      const updated = number(status.updatedNumberScheduled);
      return ready >= wanted && updated >= wanted ? done : waiting(`${ready} of ${wanted} pods available`);
    }
    case 'batch/Job': {
      const failed = conditions(status).find(({ type, status }) => type === 'Failed' && status === 'True');
      if (failed) return { done: false, waitingFor: 'completion', failed: failed.message ?? 'the job failed' };
      return conditions(status).some(({ type, status }) => type === 'Complete' && status === 'True')
        ? done
        : waiting(`${number(status.succeeded)} pods succeeded`);
    }
    default:
      return done;
  }
}

function podState(status: Record<string, unknown>): RolloutState {
  if (status.phase === 'Succeeded') return done;
  if (status.phase === 'Failed') {
    return {
      done: false,
      waitingFor: 'the pod',
      failed: `the pod failed: ${String(status.message ?? status.reason ?? '')}`,
    };
  }
  const ready = conditions(status).find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? done : { done: false, waitingFor: `phase is ${String(status.phase ?? 'unset')}` };
}

function conditions(status: Record<string, unknown>): Condition[] {
  return Array.isArray(status.conditions) ? (status.conditions as Condition[]) : [];
}

/** How the pods of a rolled-out object are selected; undefined for kinds without pods. */
export function podSelector(object: AnyObject): string | undefined {
  const selector = (object.spec as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector;
  const labels = selector?.matchLabels;
  if (!labels) return undefined;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Objects of a custom kind, which may follow in the same apply, can be made once its definition is established. */
function definitionState(status: Record<string, unknown>): RolloutState {
  const conditions = (Array.isArray(status.conditions) ? status.conditions : []) as Condition[];
  if (conditions.some(({ type, status: is }) => type === 'Established' && is === 'True')) return done;
  const refused = conditions.find(({ type, status: is }) => type === 'NamesAccepted' && is === 'False');
  return {
    done: false,
    waitingFor: 'its names are not accepted yet',
    ...(refused ? { failed: `${refused.reason}: ${refused.message}` } : {}),
  };
}
