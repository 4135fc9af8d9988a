import type { ApiClient } from '../../client/client';
import type { OwnerReference, Pod } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { valueAt } from '../../kube/path';
import { deployments, type Resource, replicaSets } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { controllerOf } from '../owners';
import type { ServedResources } from '../served/served';

type Scales = Pick<ServedResources, 'list' | 'replicasPath'>;

/**
 * How many pods the controllers of the given pods want together, each controller counted once. A ReplicaSet's own count
 * changes while its Deployment rolls out, so that the Deployment's counts. Pods without a controller are left out.
 * @throws Error naming a pod whose controller is gone or has no scale
 */
export async function scaleOfControllers(client: ApiClient, served: Scales, pods: readonly Pod[]): Promise<number> {
  const counted = new Map<string, number>();
  const asked = new Set<string>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner || asked.has(owner.uid)) continue;
    asked.add(owner.uid);
    const { namespace, name } = pod.metadata;
    const resource = resourceOf(served, owner);
    const path = resource && served.replicasPath(resource);
    if (!resource || path === undefined) {
      throw new Error(
        `${name} is controlled by the ${owner.kind} ${owner.name}, which has no scale that is known here`,
      );
    }
    const controller = await read(client, resource, namespace, owner);
    if (!controller) throw new Error(`found no controllers for pod ${JSON.stringify(name)}`);
    const deployment = await deploymentOf(client, resource, controller);
    const scaled = deployment ?? controller;
    counted.set(scaled.metadata.uid ?? '', Number(valueAt(scaled, path) ?? 0));
  }
  return [...counted.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** A kind in whatever version it is named. */
function resourceOf(served: Scales, { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>) {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return served.list().find((each) => each.group === group && each.kind === kind) as Resource<AnyObject> | undefined;
}

/** The Deployment that a ReplicaSet belongs to; it says how many there are in the same field. */
async function deploymentOf(client: ApiClient, resource: Resource<AnyObject>, object: AnyObject) {
  const owner = controllerOf(object);
  if (resource.kind !== replicaSets.kind || owner?.kind !== deployments.kind) return undefined;
  return read(client, deployments as unknown as Resource<AnyObject>, object.metadata.namespace, owner);
}

/** The object that a reference means; undefined where it is gone, be it that another has its name now. */
async function read(
  client: ApiClient,
  resource: Resource<AnyObject>,
  namespace: string | undefined,
  { name, uid }: OwnerReference,
): Promise<AnyObject | undefined> {
  try {
    const found = await client.get(resource, { namespace, name });
    return found.metadata.uid === uid ? found : undefined;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
