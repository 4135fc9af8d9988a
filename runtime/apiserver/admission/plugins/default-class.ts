import type { Ingress, IngressClass, PersistentVolumeClaim, StorageClass } from '../../../kube/generated/types';
import type { KubeObject } from '../../../kube/object';
import { ingressClasses, ingresses, persistentVolumeClaims, storageClasses } from '../../../kube/resource';
import { annotations } from '../../../kube/well-known';
import { type AdmissionPlugin, writes } from '../plugin';

const claimClass = 'volume.beta.kubernetes.io/storage-class';
const ingressClass = 'kubernetes.io/ingress.class';

/** A claim that names no class gets the cluster's default one, if there is one; a claim of the class "" none. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate(request) {
    const claim = request.object as PersistentVolumeClaim | undefined;
    if (request.operation !== 'CREATE' || !claim?.spec || !writes(request, persistentVolumeClaims)) return;
    if (claim.spec.storageClassName !== undefined || claim.metadata.annotations?.[claimClass] !== undefined) return;
    const all = request.lookups.list(storageClasses);
    if (all === 'unknown') return;
    const found = newest<StorageClass>(all, [annotations.defaultStorageClass, annotations.betaDefaultStorageClass]);
    if (found) claim.spec.storageClassName = found.metadata.name;
  },
};

/** The same for an Ingress. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate(request) {
    const ingress = request.object as Ingress | undefined;
    if (request.operation !== 'CREATE' || !ingress?.spec || !writes(request, ingresses)) return;
    if (ingress.spec.ingressClassName !== undefined || ingress.metadata.annotations?.[ingressClass] !== undefined)
      return;
    const all = request.lookups.list(ingressClasses);
    if (all === 'unknown') return;
    const found = newest<IngressClass>(all, [annotations.defaultIngressClass]);
    if (found) ingress.spec.ingressClassName = found.metadata.name;
  },
};

/** Of the objects with one of these marks the one that was made last, of several the first by name. */
function newest<T extends KubeObject>(all: readonly T[], marks: readonly string[]): T | undefined {
  const marked = all.filter(({ metadata }) => marks.some((mark) => metadata.annotations?.[mark] === 'true'));
  const time = ({ metadata }: T) => metadata.creationTimestamp ?? '';
  const name = ({ metadata }: T) => metadata.name ?? '';
  return marked.sort((a, b) => (time(a) === time(b) ? order(name(a), name(b)) : order(time(b), time(a))))[0];
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
