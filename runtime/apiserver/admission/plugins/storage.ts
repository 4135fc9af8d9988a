import type { PersistentVolumeClaim } from '../../../kube/generated/types';
import { compareQuantities } from '../../../kube/quantity';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../../kube/resource';
import { finalizers } from '../../../kube/well-known';
import { type AdmissionPlugin, type AdmissionRequest, refuse, writes } from '../plugin';

/** Volumes and claims stay until nothing uses them: a controller takes the finalizer away then. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(request) {
    if (request.operation !== 'CREATE') return;
    if (writes(request, persistentVolumes)) protect(request, finalizers.pvProtection);
    if (writes(request, persistentVolumeClaims)) protect(request, finalizers.pvcProtection);
  },
};

function protect({ object }: AdmissionRequest, finalizer: string): void {
  if (!object || object.metadata.finalizers?.includes(finalizer)) return;
  object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
}

/** A claim grows only where its class says that volumes can. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate(request) {
    if (request.operation !== 'UPDATE' || !writes(request, persistentVolumeClaims)) return;
    const claim = request.object as PersistentVolumeClaim | undefined;
    const old = request.oldObject as PersistentVolumeClaim | undefined;
    const size = claim?.spec?.resources?.requests?.storage;
    const before = old?.spec?.resources?.requests?.storage;
    if (!old || size === undefined || before === undefined || compareQuantities(size, before) <= 0) return;
    if (old.status?.phase !== 'Bound') throw refuse(request, 'Only bound persistent volume claims can be expanded');
    const name = old.spec?.storageClassName;
    const found = name ? request.lookups.get(storageClasses, { name }) : 'missing';
    if (found === 'unknown' || (found !== 'missing' && found.allowVolumeExpansion)) return;
    const why =
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
    throw refuse(request, why);
  },
};
