import type { PersistentVolumeClaim, ScopedResourceSelectorRequirement } from '../generated/types';
import type { Amounts } from '../pod-resources';
import { compareQuantities, parseQuantity, type Quantity } from '../quantity';
import { countName, one } from './counts';
import type { QuotaEvaluator } from './evaluator';

const claims = { group: '', plural: 'persistentvolumeclaims' };
const count = countName(claims);
/** `fast.storageclass.storage.k8s.io/requests.storage`: what one class is used for. */
const ofClass = '.storageclass.storage.k8s.io/';

export const claimEvaluator: QuotaEvaluator = {
  counts: (name) => {
    const plain = name.includes(ofClass) ? name.slice(name.indexOf(ofClass) + ofClass.length) : name;
    return [count, claims.plural, 'requests.storage'].includes(plain) && (plain !== count || plain === name);
  },
  usage(object) {
    const claim = object as unknown as PersistentVolumeClaim;
    const storage = storageOf(claim);
    const className =
      claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName;
    const usage: Amounts = { [count]: one, [claims.plural]: one, ...(storage ? { 'requests.storage': storage } : {}) };
    if (!className) return usage;
    usage[`${className}${ofClass}${claims.plural}`] = one;
    if (storage) usage[`${className}${ofClass}requests.storage`] = storage;
    return usage;
  },
  // A claim may grow; what was allocated already counts where that is more.
  charges: (_operation, subresource) => !subresource || subresource === 'status',
  inScope: (scope, object) => inScope(scope, object as unknown as PersistentVolumeClaim),
};

function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec?.resources?.requests?.storage;
  const allocated = status?.allocatedResources?.storage;
  if (asked === undefined) return undefined;
  const request = parseQuantity(asked);
  if (allocated === undefined || compareQuantities(allocated, request) <= 0) return request;
  return parseQuantity(allocated);
}

function inScope(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  claim: PersistentVolumeClaim,
): boolean {
  if (scopeName !== 'VolumeAttributesClass') return false;
  const { spec, status } = claim;
  const of = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name): name is string => Boolean(name));
  switch (operator) {
    case 'Exists':
      return of.length > 0;
    case 'DoesNotExist':
      return of.length === 0;
    case 'In':
      return of.some((name) => values.includes(name));
    case 'NotIn':
      return of.length === 0 || of.some((name) => !values.includes(name));
    default:
      return false;
  }
}
