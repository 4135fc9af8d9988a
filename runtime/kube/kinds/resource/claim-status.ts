import { forbidden, invalid, required, tooLong, tooMany } from '../../field-errors';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceV1ResourceClaim as ResourceClaim,
  ResourceClaimStatus,
} from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkNodeSelector } from '../core/pod/validate-affinity';
import { isCidr } from '../shared/cidr';
import { checkConditions } from '../shared/conditions';
import { checkDriverName } from '../shared/driver-name';
import { checkList, checkSet } from '../shared/lists';
import { checkImmutable, checkObjectMetaUpdate } from '../shared/object-meta';
import { checkWord } from '../shared/values';
import { checkReference, checkReferences, checkToleration, type RequestNames, requestNamesOf } from './claim-spec';
import { checkConfiguration, checkRawJson, maxListed } from './configuration';
import { checkBindingConditions } from './device';
import { checkLabelName, checkPoolName } from './names';

const maxConsumers = 256;
const maxConditions = 8;
const maxInterfaceName = 256;
const maxHardwareAddress = 128;
const maxIps = 16;
const maxTolerations = 16;

type DeviceId = Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device' | 'shareID'>;

function idOf({ driver, pool, device, shareID }: DeviceId): string {
  return [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');
}

export function checkClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { allocation, reservedFor = [], devices } = claim.status ?? {};
  const allocated = new Set((allocation?.devices?.results ?? []).map(idOf));
  return [
    ...checkObjectMetaUpdate(claim.metadata, old.metadata),
    ...checkSet(
      reservedFor,
      maxConsumers,
      'status.reservedFor',
      ({ resource, name, uid }, at) =>
        Object.entries({ resource, name, uid }).flatMap(([key, value]) => (value ? [] : [required(`${at}.${key}`)])),
      ({ uid }) => uid,
    ),
    ...checkSet(
      devices,
      Number.POSITIVE_INFINITY,
      'status.devices',
      (device, at) => checkDeviceStatus(device, at, allocated),
      idOf,
    ),
    ...checkReservation(claim, old.status ?? {}),
    ...checkAllocationChange(allocation, old.status?.allocation, requestNamesOf(claim.spec?.devices)),
  ];
}

function checkReservation({ metadata, status = {} }: ResourceClaim, old: ResourceClaimStatus): FieldError[] {
  const { allocation, reservedFor = [] } = status;
  if (reservedFor.length === 0) return [];
  const field = 'status.reservedFor';
  if (!allocation) return [forbidden(field, 'may not be specified when `allocated` is not set')];
  const known = new Set((old.reservedFor ?? []).map(({ uid }) => uid));
  if (!metadata.deletionTimestamp || reservedFor.every(({ uid }) => known.has(uid))) return [];
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbidden(field, detail)];
}

function checkAllocationChange(
  allocation: AllocationResult | undefined,
  old: AllocationResult | undefined,
  names: RequestNames,
): FieldError[] {
  const field = 'status.allocation';
  if (!allocation) return [];
  if (old) return checkImmutable(field, allocation, old);
  const { results, config } = allocation.devices ?? {};
  return [
    ...checkList(results, maxListed, `${field}.devices.results`, (each, at) => checkResult(each, at, names)),
    ...checkList(config, 2 * maxListed, `${field}.devices.config`, (each, at) => checkConfig(each, at, names)),
    ...checkNodeSelector(allocation.nodeSelector, `${field}.nodeSelector`),
  ];
}

function checkResult(result: DeviceRequestAllocationResult, field: string, names: RequestNames): FieldError[] {
  return [
    ...checkReference(result.request ?? '', `${field}.request`, names),
    ...checkDevice(result, field),
    ...checkBindingConditions(result, field),
    ...checkList(result.tolerations, maxTolerations, `${field}.tolerations`, checkToleration),
  ];
}

/** The names that say which device is meant. */
function checkDevice({ driver, pool, device, shareID }: DeviceId, field: string): FieldError[] {
  return [
    ...checkDriverName(`${field}.driver`, driver),
    ...checkPoolName(pool, `${field}.pool`),
    ...checkLabelName(device, `${field}.device`),
    ...(shareID === undefined ? [] : checkUid(shareID, `${field}.shareID`)),
  ];
}

function checkUid(uid: string, field: string): FieldError[] {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uid)) return [];
  const detail =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  return [invalid(field, uid, detail)];
}

function checkConfig(config: DeviceAllocationConfiguration, field: string, names: RequestNames): FieldError[] {
  return [
    ...checkWord(`${field}.source`, config.source, ['FromClaim', 'FromClass']),
    ...checkReferences(config.requests, `${field}.requests`, names),
    ...checkConfiguration(config, field),
  ];
}

function checkDeviceStatus(device: AllocatedDeviceStatus, field: string, allocated: ReadonlySet<string>): FieldError[] {
  const { conditions = [], data, networkData } = device;
  const errors = checkDevice(device, field);
  const id = idOf(device);
  if (!allocated.has(id)) errors.push(invalid(field, id, 'must be an allocated device in the claim'));
  if (conditions.length > maxConditions) {
    errors.push(tooMany(`${field}.conditions`, conditions.length, maxConditions));
  }
  return [
    ...errors,
    ...checkConditions(conditions, `${field}.conditions`),
    ...(data === undefined ? [] : checkRawJson(data, `${field}.data`)),
    ...checkNetworkData(networkData ?? {}, `${field}.networkData`),
  ];
}

function checkNetworkData({ interfaceName, hardwareAddress, ips }: NetworkDeviceData, field: string): FieldError[] {
  const long = (value: string | undefined, max: number, name: string) =>
    (value?.length ?? 0) > max ? [tooLong(`${field}.${name}`, max)] : [];
  return [
    ...long(interfaceName, maxInterfaceName, 'interfaceName'),
    ...long(hardwareAddress, maxHardwareAddress, 'hardwareAddress'),
    ...checkSet(
      ips,
      maxIps,
      `${field}.ips`,
      (ip, at) =>
        isCidr(ip)
          ? []
          : [invalid(at, ip, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')],
      (ip) => ip,
    ),
  ];
}
