import type { ApiClient } from '../../client/client';
import type { Pod } from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import {
  apiVersionOf,
  deployments,
  type Resource,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { controllerOf } from '../owners';

/** An object that says how many pods it wants. */
export type Scaled = KubeObject & { spec?: { replicas?: number } };

const scaled = [deployments, replicaSets, replicationControllers, statefulSets] as unknown as Resource<Scaled>[];

/**
 * How many pods the controllers of the given pods want together, each controller counted once. A ReplicaSet's own count
 * changes while its Deployment rolls out, so that the Deployment's counts. Pods without a controller are left out.
 * @throws Error naming a controller whose scale nobody knows
 */
export async function scaleOfControllers(client: ApiClient, pods: readonly Pod[]): Promise<number> {
  const counted = new Map<string, number>();
  const asked = new Set<string>();
  for (const pod of pods) {
    const uid = controllerOf(pod)?.uid;
    if (!uid || asked.has(uid)) continue;
    asked.add(uid);
    const top = await topController(client, pod);
    if (top) counted.set(top.metadata.uid ?? '', top.spec?.replicas ?? 1);
  }
  return [...counted.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** The object that decides how many there are of this one; undefined where its controller is gone. */
async function topController(client: ApiClient, object: KubeObject): Promise<Scaled | undefined> {
  const owner = controllerOf(object);
  if (!owner) return undefined;
  const resource = scaled.find((each) => each.kind === owner.kind && apiVersionOf(each) === owner.apiVersion);
  if (!resource) {
    const { name } = object.metadata;
    throw new Error(`${name} is controlled by the ${owner.kind} ${owner.name}, which has no scale that is known here`);
  }
  const { namespace } = object.metadata;
  let found: Scaled;
  try {
    found = await client.get(resource, { namespace, name: owner.name });
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
  if (found.metadata.uid !== owner.uid) return undefined;
  return (await topController(client, found)) ?? found;
}
