import type { HttpApiClient } from '../../../client/http-client';
import type { Pod } from '../../../kube/generated/types';
import type { AnyObject, ObjectKey } from '../../../kube/object';
import { pods, type Resource, replicaSets } from '../../../kube/resource';
import type { Clock } from '../../../util/clock';
import { type AttributePath, DiagnosticError } from '../../protocol/diagnostics';
import { describe, identityOf } from './manifest';
import { type PodTrouble, podEvidence, podTrouble } from './pod-trouble';
import { podSelector, rolloutState } from './rollout';

export interface WaitOptions {
  clock: Clock;
  signal: AbortSignal;
  timeoutMs: number;
  progress: (message: string) => void;
}

/** A pod in trouble that will not pass gets so long: a name may just have been registered, an image just be arriving. */
const hopelessAfterMs = 8_000;
/** Between two attempts (a pull, a start) a hopeless pod looks like one on its way. */
const attemptMs = 15_000;
const maxPauseMs = 1_000;

/**
 * Waits until the object has rolled out.
 * @throws DiagnosticError naming the pod in trouble, why, its last events and log lines, at the place in the manifest
 */
export async function waitForRollout(
  client: HttpApiClient,
  resource: Resource,
  key: ObjectKey,
  options: WaitOptions,
): Promise<AnyObject> {
  const { clock, signal } = options;
  const started = clock.monotonic();
  let said = started;
  let hopeless: { since: number; last: number } | undefined;
  for (let pause = 100; ; pause = Math.min(pause * 1.5, maxPauseMs)) {
    const object = await client.get<AnyObject>(resource, key);
    const state = rolloutState(object);
    if (state.done) return object;
    const now = clock.monotonic();
    const what = describe(identityOf(object) ?? { apiVersion: '', kind: resource.kind, name: key.name });
    const troubles = await troublesOf(client, object);
    if (troubles[0]?.hopeless) hopeless = { since: hopeless?.since ?? now, last: now };
    else if (hopeless && now - hopeless.last > attemptMs) hopeless = undefined;
    if (state.failed) throw await failure(client, object, `${what} failed`, state.failed, troubles);
    if (hopeless && hopeless.last === now && now - hopeless.since >= hopelessAfterMs) {
      throw await failure(client, object, `${what} cannot roll out`, state.waitingFor, troubles);
    }
    if (signal.aborted) {
      throw new DiagnosticError(
        `Interrupted while waiting for ${what}`,
        `It was applied; ${state.waitingFor}. The next apply goes on from there.`,
        ['manifest'],
      );
    }
    if (now - started >= options.timeoutMs) {
      const title = `${what} did not roll out within ${options.timeoutMs / 1000} s`;
      throw await failure(client, object, title, state.waitingFor, troubles);
    }
    if (now - said >= 5_000) {
      said = now;
      const trouble = troubles[0] ? `; ${troubles[0].summary}` : '';
      options.progress(`${what}: ${state.waitingFor}, after ${Math.round((now - started) / 1000)} s${trouble}`);
    }
    await clock.sleep(pause, signal);
  }
}

/** The pods of the object that are in trouble, the hopeless first. */
async function troublesOf(client: HttpApiClient, object: AnyObject): Promise<PodTrouble[]> {
  const own: Pod[] = object.kind === 'Pod' ? [object as unknown as Pod] : await podsOf(client, object);
  return own
    .filter((pod) => !pod.metadata.deletionTimestamp)
    .flatMap((pod) => podTrouble(pod) ?? [])
    .sort((a, b) => Number(b.hopeless) - Number(a.hopeless));
}

async function podsOf(client: HttpApiClient, object: AnyObject): Promise<Pod[]> {
  const labelSelector = podSelector(object);
  if (!labelSelector) return [];
  const { namespace } = object.metadata;
  const { items } = await client.list(pods, { namespace, labelSelector });
  if (object.kind !== 'Deployment') return items;
  // Pods of an older template are on their way out: what ails them is what this rollout may put right.
  const { items: sets } = await client.list(replicaSets, { namespace, labelSelector });
  const revision = object.metadata.annotations?.[revisionAnnotation];
  const current = sets.find(({ metadata }) => metadata.annotations?.[revisionAnnotation] === revision);
  const owner = current?.metadata.uid;
  return owner ? items.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner)) : [];
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';

async function failure(
  client: HttpApiClient,
  object: AnyObject,
  summary: string,
  waitingFor: string,
  troubles: PodTrouble[],
): Promise<DiagnosticError> {
  const [worst] = troubles;
  if (!worst) return new DiagnosticError(summary, `${waitingFor}.`, ['manifest']);
  const evidence = await podEvidence(client, worst);
  const others = troubles.length > 1 ? ` (and ${troubles.length - 1} more pods in trouble)` : '';
  const detail = [`${waitingFor}: ${worst.summary}${others}.`, evidence].filter(Boolean).join('\n');
  return new DiagnosticError(summary, detail, troublePath(object, worst));
}

function troublePath(object: AnyObject, trouble: PodTrouble): AttributePath {
  const spec = object.kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  const [list, index, field] = trouble.path;
  if (list === undefined || typeof index !== 'number') return ['manifest'];
  // A field that the manifest does not have has no place in it.
  const at = [...spec, list].reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    object,
  );
  const container = Array.isArray(at) ? (at[index] as Record<string, unknown> | undefined) : undefined;
  const deeper = field !== undefined && container && field in container ? [field] : [];
  return ['manifest', ...spec, list, index, ...deeper];
}
