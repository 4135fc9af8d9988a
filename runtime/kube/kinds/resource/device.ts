import { duplicate, invalid, required, tooLong } from '../../field-errors';
import type { Device, DeviceAttribute, DeviceCounterConsumption, DeviceTaint } from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkDns1123Subdomain, checkLabelValue, checkQualifiedName } from '../../names';
import { checkNodeSelector } from '../core/pod/validate-affinity';
import { checked } from '../shared/limits';
import { checkList, checkMap, checkSet } from '../shared/lists';
import { checkWord } from '../shared/values';
import { checkCapacity } from './capacity';
import { taintEffects } from './claim-spec';
import { checkAttributeName, checkLabelName } from './names';

const maxAttributesAndCapacities = 32;
const maxValueLength = 64;
const maxTaints = 16;
const maxConsumptions = 2;
const maxCounters = 32;
const maxBindingConditions = 4;

const listed = ['ints', 'bools', 'strings', 'versions'] as const;

/** Whether a device says more than plain attributes and capacities; a slice may hold fewer of these. */
export function isElaborate({ taints, consumesCounters, attributes }: Device): boolean {
  const lists = Object.values(attributes ?? {}).some((attribute) => listed.some((key) => attribute[key] !== undefined));
  return Boolean(taints?.length || consumesCounters?.length || lists);
}

export function checkDevice(device: Device, field: string, ownPlace: boolean): FieldError[] {
  const { attributes = {}, capacity = {} } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const errors = checkLabelName(device.name, `${field}.name`);
  if (count > maxAttributesAndCapacities) {
    const detail = `the total number of attributes and capacities must not exceed ${maxAttributesAndCapacities}`;
    errors.push(invalid(field, count, detail));
  }
  const unlimited = Number.POSITIVE_INFINITY;
  const shared = device.allowMultipleAllocations === true;
  return [
    ...errors,
    ...checkMap(attributes, unlimited, `${field}.attributes`, checkAttributeName, checkAttribute),
    ...checkMap(capacity, unlimited, `${field}.capacity`, checkAttributeName, (value, at) =>
      checkCapacity(value, at, shared),
    ),
    ...checkList(device.taints, maxTaints, `${field}.taints`, checkTaint),
    ...checkSet(
      device.consumesCounters,
      maxConsumptions,
      `${field}.consumesCounters`,
      checkConsumption,
      ({ counterSet }) => counterSet,
    ),
    ...checkDevicePlace(device, field, ownPlace),
    ...checkBindingConditions(device, field),
  ];
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

function checkAttribute(attribute: DeviceAttribute, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const texts = (values: string[], at: (index: number) => string, version: boolean) => {
    for (const [index, value] of values.entries()) {
      if (version && !semver.test(value.slice(0, maxValueLength))) {
        errors.push(invalid(at(index), value, 'must be a string compatible with semver.org spec 2.0.0'));
      }
      if (Buffer.byteLength(value) > maxValueLength) errors.push(tooLong(at(index), maxValueLength));
    }
  };
  const { string, version, strings, versions } = attribute;
  if (string !== undefined) texts([string], () => `${field}.string`, false);
  if (version !== undefined) texts([version], () => `${field}.version`, true);
  texts(strings ?? [], (index) => `${field}.strings[${index}]`, false);
  texts(versions ?? [], (index) => `${field}.versions[${index}]`, true);
  const given = Object.values(attribute).filter((value) => value !== undefined).length;
  if (given !== 1) errors.push(invalid(field, given ? attribute : '', 'exactly one value must be specified'));
  return errors;
}

function checkTaint({ key, value, effect }: DeviceTaint, field: string): FieldError[] {
  return [
    ...checked(`${field}.key`, key ?? '', checkQualifiedName(key ?? '')),
    ...(value ? checked(`${field}.value`, value, checkLabelValue(value)) : []),
    ...checkWord(`${field}.effect`, effect, taintEffects),
  ];
}

function checkConsumption({ counterSet, counters = {} }: DeviceCounterConsumption, field: string): FieldError[] {
  const at = `${field}.counters`;
  return [
    ...checkLabelName(counterSet, `${field}.counterSet`),
    ...(Object.keys(counters).length ? [] : [required(at)]),
    ...checkMap(counters, maxCounters, at, checkLabelName, () => []),
  ];
}

/** Where one device can be used, where its slice leaves that to each. */
function checkDevicePlace(device: Device, field: string, ownPlace: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const given = Object.entries({ nodeName, nodeSelector, allNodes }).filter(([, value]) => value !== undefined);
  if (!ownPlace) {
    if (given.length === 0) return [];
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return [invalid(field, undefined, detail)];
  }
  const errors = checkNodeSelector(nodeSelector, `${field}.nodeSelector`);
  if (nodeName === '') errors.push(invalid(`${field}.nodeName`, '', 'must not be empty'));
  else if (nodeName) errors.push(...checked(`${field}.nodeName`, nodeName, checkDns1123Subdomain(nodeName)));
  if (allNodes === false) {
    errors.push(invalid(`${field}.allNodes`, allNodes, 'must be either unset or set to true'));
  }
  const ways = given.filter(([, value]) => value).map(([key]) => `\`${key}\``);
  const one =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (ways.length === 0) errors.push(required(field, one));
  if (ways.length > 1) errors.push(invalid(field, `{${ways.join(', ')}}`, one));
  return errors;
}

/** Conditions that a device's node must report before pods are bound: none in two lists, none twice. */
export function checkBindingConditions(
  { bindingConditions: good = [], bindingFailureConditions: bad = [] }: Partial<Device>,
  field: string,
): FieldError[] {
  const goodField = `${field}.bindingConditions`;
  const badField = `${field}.bindingFailureConditions`;
  const name = (value: string, at: string) => checked(at, value, checkQualifiedName(value));
  const errors = [
    ...checkList(good, maxBindingConditions, goodField, name),
    ...checkList(bad, maxBindingConditions, badField, name),
    ...good.flatMap((value, i) => (good.indexOf(value) < i ? [duplicate(`${goodField}[${i}]`, value)] : [])),
    ...bad.flatMap((value, i) => (bad.indexOf(value) < i ? [duplicate(`${badField}[${i}]`, value)] : [])),
    ...bad.flatMap((value, i) =>
      good.includes(value)
        ? [invalid(`${badField}[${i}]`, value, 'bindingFailureConditions must not overlap with bindingConditions')]
        : [],
    ),
  ];
  if (good.length === 0 && bad.length > 0) {
    errors.push(invalid(goodField, good, 'bindingConditions are required to use bindingFailureConditions'));
  }
  if (bad.length === 0 && good.length > 0) {
    errors.push(invalid(badField, bad, 'bindingFailureConditions are required to use bindingConditions'));
  }
  return errors;
}
