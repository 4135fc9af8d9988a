import { invalid, required } from '../../field-errors';
import type { CounterSet, NodeSelector, ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { resourceSlices } from '../../resource';
import { equalJson } from '../../schema-engine';
import { checkNodeSelector } from '../core/pod/validate-affinity';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkDriverName } from '../shared/driver-name';
import { checked } from '../shared/limits';
import { checkMap, checkSet } from '../shared/lists';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { checkDevice, isElaborate } from './device';
import { checkLabelName, checkPoolName } from './names';

const maxDevices = 128;
/** Of devices with taints, counters or lists of attributes. */
const maxElaborateDevices = 64;
const maxCounterSets = 8;
const maxCounters = 32;

export const resourceSliceKind: Kind<ResourceSlice> = {
  resource: resourceSlices,
  singular: 'resourceslice',
  shortNames: [],
  categories: [],
  schema: builtInSchema(resourceSlices),
  subresources: {},
  prepareForCreate(slice) {
    slice.metadata.generation = 1;
  },
  prepareForUpdate: (slice, old) => countGeneration(slice, old, equalJson(slice.spec ?? null, old.spec ?? null)),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as ResourceSliceSpec)),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec.pool.name', spec?.pool?.name, old.spec?.pool?.name),
    ...checkImmutable('spec.driver', spec?.driver, old.spec?.driver),
    ...checkImmutable('spec.nodeName', spec?.nodeName, old.spec?.nodeName),
  ],
  columns: [
    nameColumn(),
    textColumn('Node', 'The node whose devices these are.', ({ spec }) => spec?.nodeName ?? '<unset>'),
    textColumn('Driver', 'Who drives them.', ({ spec }) => spec?.driver ?? ''),
    textColumn('Pool', 'What they are part of.', ({ spec }) => spec?.pool?.name ?? ''),
    ageColumn(),
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.driver': ({ spec }) => spec?.driver ?? '',
  },
};

function checkSpec(spec: ResourceSliceSpec): FieldError[] {
  const { devices, sharedCounters } = spec;
  const max = (devices ?? []).some(isElaborate) ? maxElaborateDevices : maxDevices;
  return [
    ...checkDriverName('spec.driver', spec.driver),
    ...checkPool(spec.pool ?? ({} as ResourcePool), 'spec.pool'),
    ...checkPlace(spec),
    ...(devices && sharedCounters ? [invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed')] : []),
    ...checkSet(
      devices,
      max,
      'spec.devices',
      (device, at) => checkDevice(device, at, spec.perDeviceNodeSelection === true),
      ({ name }) => name,
    ),
    ...checkSet(sharedCounters, maxCounterSets, 'spec.sharedCounters', checkCounterSet, ({ name }) => name),
  ];
}

function checkPool({ name, resourceSliceCount = 0, generation = 0 }: ResourcePool, field: string): FieldError[] {
  const errors = checkPoolName(name, `${field}.name`);
  if (resourceSliceCount <= 0) {
    errors.push(invalid(`${field}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero'));
  }
  if (generation < 0) {
    errors.push(invalid(`${field}.generation`, generation, 'must be greater than or equal to zero'));
  }
  return errors;
}

/** Where the devices can be used: said in exactly one way. */
function checkPlace(spec: ResourceSliceSpec): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const errors = nodeSelector ? checkPlaceSelector(nodeSelector, 'spec.nodeSelector') : [];
  if (nodeName === '') errors.push(invalid('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  else if (nodeName) errors.push(...checked('spec.nodeName', nodeName, checkDns1123Subdomain(nodeName)));
  for (const [key, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === false) errors.push(invalid(`spec.${key}`, value, 'must be either unset or set to true'));
  }
  const ways = Object.entries({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection })
    .filter(([, value]) => value)
    .map(([key]) => `\`${key}\``);
  const one = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (ways.length === 0) errors.push(required('spec', one));
  if (ways.length > 1) errors.push(invalid('spec', `{${ways.join(', ')}}`, `${one}, but multiple fields are set`));
  return errors;
}

function checkPlaceSelector(selector: NodeSelector, field: string): FieldError[] {
  const errors = checkNodeSelector(selector, field);
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 1) return errors;
  return [...errors, invalid(`${field}.nodeSelectorTerms`, terms, 'must have exactly one node selector term')];
}

function checkCounterSet({ name, counters = {} }: CounterSet, field: string): FieldError[] {
  const at = `${field}.counters`;
  return [
    ...checkLabelName(name, `${field}.name`),
    ...(Object.keys(counters).length ? [] : [required(at)]),
    ...checkMap(counters, maxCounters, at, checkLabelName, () => []),
  ];
}
