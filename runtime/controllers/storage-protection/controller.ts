import { Controller } from '../../client/controller';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../kube/generated/types';
import { type KubeObject, keyOf } from '../../kube/object';
import { persistentVolumeClaims, persistentVolumes, pods, type Resource } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { finalizers } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';

const byClaim = 'claim';

/** Lets a claim that is being deleted go once no pod on a node uses it any more. */
export function claimProtectionController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const claims = informers.for(persistentVolumeClaims);
  const podInformer = informers.for(pods);
  podInformer.addIndex(byClaim, claimsOf);
  const controller = new Controller({ name: 'pvc-protection', clock, logger, reconcile });

  const see = (claim: PersistentVolumeClaim) => {
    if (isHeld(claim, finalizers.pvcProtection)) controller.enqueue(keyOf(claim));
  };
  claims.addHandler({ onAdd: see, onUpdate: see });
  podInformer.addHandler({
    onDelete(pod) {
      for (const key of claimsOf(pod)) controller.enqueue(key);
    },
  });

  async function reconcile(key: string): Promise<void> {
    const claim = claims.cache.get(key);
    if (!claim || !isHeld(claim, finalizers.pvcProtection)) return;
    const namespace = claim.metadata.namespace ?? '';
    const inCache = podInformer.cache.byIndex(byClaim, key);
    if (inCache.some(isOnNode)) return;
    // The cache may be behind: a pod that was just bound must not lose its volume.
    const { items } = await client.list(pods, { namespace });
    if (items.some((pod) => isOnNode(pod) && claimsOf(pod).includes(key))) return;
    await release(context, persistentVolumeClaims, claim, finalizers.pvcProtection);
  }

  return controller;
}

/** Lets a volume that is being deleted go once it belongs to no claim. */
export function volumeProtectionController(context: ControllerContext): ControllerHandle {
  const { clock, informers, logger } = context;
  const volumes = informers.for(persistentVolumes);
  const controller = new Controller({ name: 'pv-protection', clock, logger, reconcile });
  const see = (volume: PersistentVolume) => {
    if (isHeld(volume, finalizers.pvProtection)) controller.enqueue(keyOf(volume));
  };
  volumes.addHandler({ onAdd: see, onUpdate: see });

  async function reconcile(key: string): Promise<void> {
    const volume = volumes.cache.get(key);
    if (!volume || !isHeld(volume, finalizers.pvProtection) || volume.status?.phase === 'Bound') return;
    await release(context, persistentVolumes, volume, finalizers.pvProtection);
  }

  return controller;
}

/** The claims that a pod mounts, as keys; one that is made for the pod alone has its name from the pod. */
function claimsOf({ metadata, spec }: Pod): string[] {
  const names = (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${metadata.name}-${name}`] : [];
  });
  return names.map((name) => `${metadata.namespace}/${name}`);
}

/** A pod without a node will not start with a claim that is going. */
function isOnNode({ spec }: Pod): boolean {
  return Boolean(spec?.nodeName);
}

function isHeld({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(finalizer) ?? false);
}

async function release<T extends KubeObject>(
  { client }: ControllerContext,
  resource: Resource<T>,
  { metadata }: T,
  finalizer: string,
): Promise<void> {
  const { namespace, name = '', uid, resourceVersion } = metadata;
  const left = (metadata.finalizers ?? []).filter((other) => other !== finalizer);
  const body = { metadata: { uid, resourceVersion, finalizers: left } } as never;
  try {
    await client.patch(resource, { namespace, name }, { type: 'merge', body });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
