import type { ApiClient } from '../client/client';
import type { Informer } from '../client/informer';
import type { LabelSelector, OwnerReference } from '../kube/generated/types';
import type { DeepPartial, KubeObject } from '../kube/object';
import type { Resource } from '../kube/resource';
import { selectsLabels } from '../kube/selector';
import { isStatusError } from '../kube/status-error';
import { byController, controllerOf, controllerReference, orphans } from './owners';

export interface ClaimOptions<O extends KubeObject, T extends KubeObject> {
  client: ApiClient;
  ownerResource: Resource<O>;
  owner: O;
  selector: LabelSelector;
  resource: Resource<T>;
  /** Indexed by indexByController. */
  informer: Informer<T>;
}

/**
 * The objects that belong to `owner`: those it controls and selects. One it controls but no longer selects is
 * released; one nobody controls that it selects is adopted, after a look at the live owner.
 * @throws StatusError Conflict when an object changed meanwhile: the next reconcile sees it as it is
 */
export async function claim<O extends KubeObject, T extends KubeObject>(options: ClaimOptions<O, T>): Promise<T[]> {
  const { owner, selector, informer } = options;
  const { namespace = '', uid = '' } = owner.metadata;
  const claimed: T[] = [];
  for (const object of informer.cache.byIndex(byController, uid)) {
    if (object.metadata.namespace !== namespace) continue;
    if (selectsLabels(selector, object.metadata.labels)) claimed.push(object);
    else if (!owner.metadata.deletionTimestamp) await release(options, object);
  }
  if (owner.metadata.deletionTimestamp) return claimed;
  const strays = informer.cache
    .byIndex(orphans, namespace)
    .filter((object) => !object.metadata.deletionTimestamp && selectsLabels(selector, object.metadata.labels));
  if (strays.length > 0 && (await mayAdopt(options))) {
    for (const stray of strays) {
      const adopted = await adopt(options, stray);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

/** The cache may not know yet that the owner is being deleted, or was replaced under the same name. */
async function mayAdopt<O extends KubeObject, T extends KubeObject>(options: ClaimOptions<O, T>): Promise<boolean> {
  const { namespace, name = '', uid } = options.owner.metadata;
  try {
    const live = await options.client.get(options.ownerResource, { namespace, name });
    return live.metadata.uid === uid && !live.metadata.deletionTimestamp;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return false;
    throw error;
  }
}

async function adopt<O extends KubeObject, T extends KubeObject>(
  options: ClaimOptions<O, T>,
  object: T,
): Promise<T | undefined> {
  const reference = controllerReference(options.ownerResource, options.owner);
  return write(options, object, [...(object.metadata.ownerReferences ?? []), reference]);
}

async function release<O extends KubeObject, T extends KubeObject>(
  options: ClaimOptions<O, T>,
  object: T,
): Promise<void> {
  const mine = controllerOf(object);
  await write(
    options,
    object,
    (object.metadata.ownerReferences ?? []).filter((owner) => owner !== mine),
  );
}

async function write<O extends KubeObject, T extends KubeObject>(
  options: ClaimOptions<O, T>,
  object: T,
  ownerReferences: OwnerReference[],
): Promise<T | undefined> {
  const { namespace, name = '', resourceVersion, uid } = object.metadata;
  const body = { metadata: { uid, resourceVersion, ownerReferences } } as DeepPartial<T>;
  try {
    return await options.client.patch(options.resource, { namespace, name }, { type: 'merge', body });
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
