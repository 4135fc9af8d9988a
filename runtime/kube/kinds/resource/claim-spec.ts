import { invalid, notSupported, required } from '../../field-errors';
import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from '../../generated/types';
import type { FieldError } from '../../kind';
import { checkLabelValue, checkQualifiedName } from '../../names';
import { defaultEmpty } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkList, checkSet } from '../shared/lists';
import { checkOptionalWord, checkWord } from '../shared/values';
import { checkConfiguration, checkSelectors, maxListed } from './configuration';
import { checkClassName, checkFullAttributeName, checkLabelName } from './names';

const maxAlternatives = 8;
const maxTolerations = 16;
export const taintEffects = ['NoExecute', 'NoSchedule', 'None'];

/** Names by which parts of a claim refer to its requests: `request`, `request/alternative`. */
export type RequestNames = ReadonlySet<string>;

export function requestNamesOf(claim: DeviceClaim | undefined): RequestNames {
  const requests = claim?.requests ?? [];
  return new Set(
    requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]),
  );
}

/** Fills in what a claim leaves open: one device, tolerated by equality. */
export function defaultClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...firstAvailable]) {
      defaultEmpty(request, 'allocationMode', 'ExactCount');
      if (request.allocationMode === 'ExactCount') defaultEmpty(request, 'count', 1);
      for (const toleration of request.tolerations ?? []) defaultEmpty(toleration, 'operator', 'Equal');
    }
  }
}

export function checkClaimSpec(spec: ResourceClaimSpec | undefined, field: string): FieldError[] {
  const claim = spec?.devices ?? {};
  const names = requestNamesOf(claim);
  const at = `${field}.devices`;
  return [
    ...checkSet(claim.requests, maxListed, `${at}.requests`, checkRequest, ({ name }) => name),
    ...checkList(claim.constraints, maxListed, `${at}.constraints`, (each, here) => checkConstraint(each, here, names)),
    ...checkList(claim.config, maxListed, `${at}.config`, (each, here) => checkClaimConfiguration(each, here, names)),
  ];
}

function checkRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, field: string): FieldError[] {
  const errors = checkLabelName(name, `${field}.name`);
  const one = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly && firstAvailable.length > 0) {
    return [...errors, invalid(field, undefined, `${one}, but multiple fields are set`)];
  }
  if (exactly) return [...errors, ...checkExact(exactly, `${field}.exactly`)];
  if (firstAvailable.length === 0) return [...errors, required(field, one)];
  const sub = `${field}.firstAvailable`;
  return [
    ...errors,
    ...checkSet(
      firstAvailable,
      maxAlternatives,
      sub,
      (each, at) => [...checkLabelName(each.name, `${at}.name`), ...checkExact(each, at)],
      (each) => each.name,
    ),
  ];
}

function checkExact(request: Omit<ExactDeviceRequest, 'adminAccess'>, field: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode = '', count = 0, tolerations } = request;
  return [
    ...checkClassName(deviceClassName, `${field}.deviceClassName`),
    ...checkSelectors(selectors, `${field}.selectors`),
    ...checkCount(allocationMode, count, field),
    ...checkList(tolerations, maxTolerations, `${field}.tolerations`, checkToleration),
  ];
}

function checkCount(mode: string, count: number, field: string): FieldError[] {
  const at = `${field}.count`;
  if (mode === 'All') {
    return count === 0 ? [] : [invalid(at, count, "must not be specified when allocationMode is 'All'")];
  }
  if (mode === 'ExactCount') return count > 0 ? [] : [invalid(at, count, 'must be greater than zero')];
  return [notSupported(`${field}.allocationMode`, mode, ['All', 'ExactCount'])];
}

export function checkToleration({ key, operator, value = '', effect }: DeviceToleration, field: string): FieldError[] {
  const errors = key ? checked(`${field}.key`, key, checkQualifiedName(key)) : [];
  if (operator === 'Exists') {
    if (value) errors.push(invalid(`${field}.value`, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') errors.push(...checked(`${field}.value`, value, checkLabelValue(value)));
  else errors.push(...checkWord(`${field}.operator`, operator, ['Equal', 'Exists']));
  return [...errors, ...checkOptionalWord(`${field}.effect`, effect, taintEffects)];
}

function checkConstraint(constraint: DeviceConstraint, field: string, names: RequestNames): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = checkReferences(requests, `${field}.requests`, names);
  if (matchAttribute !== undefined) {
    return [...errors, ...checkFullAttributeName(matchAttribute, `${field}.matchAttribute`)];
  }
  if (distinctAttribute !== undefined) {
    return [...errors, ...checkFullAttributeName(distinctAttribute, `${field}.distinctAttribute`)];
  }
  return [...errors, required(field, 'exactly one of "matchAttribute" or "distinctAttribute" is required')];
}

function checkClaimConfiguration(config: DeviceClaimConfiguration, field: string, names: RequestNames): FieldError[] {
  return [...checkReferences(config.requests, `${field}.requests`, names), ...checkConfiguration(config, field)];
}

/** Names of requests that the claim has, each once. */
export function checkReferences(requests: string[] | undefined, field: string, names: RequestNames): FieldError[] {
  return checkSet(
    requests,
    maxListed,
    field,
    (name, at) => checkReference(name, at, names),
    (name) => name,
  );
}

export function checkReference(name: string, field: string, names: RequestNames): FieldError[] {
  const unknown =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split('/');
  if (parts.length > 2) return [invalid(field, name, unknown)];
  return [
    ...parts.flatMap((part) => checkLabelName(part, field)),
    ...(names.has(name) ? [] : [invalid(field, name, unknown)]),
  ];
}
