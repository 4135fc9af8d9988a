import type { ResourceClaim } from '../generated/types/resource-v1';
import type { Amounts } from '../pod-resources';
import { addQuantities, compareQuantities, parseQuantity } from '../quantity';
import { resourceClaims } from '../resource';
import { countName, one } from './counts';
import type { QuotaEvaluator } from './evaluator';

const count = countName(resourceClaims);
/** `gpu.deviceclass.resource.k8s.io/devices`: how many devices of a class are asked for. */
const ofClass = '.deviceclass.resource.k8s.io/devices';
/** Devices that one claim can be given at most, which is what asking for all of them may come to. */
const mostDevices = 32;

/** Asked for in a claim, or one of several ways to fulfil what is asked for. */
interface DeviceRequest {
  deviceClassName?: string;
  allocationMode?: string;
  count?: number;
}

export const deviceClaimEvaluator: QuotaEvaluator = {
  counts: (name) => name === count || name.endsWith(ofClass),
  usage(object) {
    const claim = object as unknown as ResourceClaim;
    const usage: Amounts = { [count]: one };
    for (const { exactly, firstAvailable } of claim.spec?.devices?.requests ?? []) {
      const asked = worst(firstAvailable?.length ? firstAvailable : exactly ? [exactly] : []);
      for (const [name, amount] of Object.entries(asked)) usage[name] = addQuantities(usage[name] ?? '0', amount);
    }
    return usage;
  },
  charges: (_operation, subresource) => !subresource,
};

/** Of each class the most devices that one of these ways takes: it is not known yet which it will be. */
function worst(ways: readonly DeviceRequest[]): Amounts {
  const most: Amounts = {};
  for (const { deviceClassName, allocationMode, count: wanted = 0 } of ways) {
    const name = `${deviceClassName}${ofClass}`;
    const devices = parseQuantity(allocationMode === 'All' ? mostDevices : wanted);
    const known = most[name];
    if (!known || compareQuantities(known, devices) < 0) most[name] = devices;
  }
  return most;
}
