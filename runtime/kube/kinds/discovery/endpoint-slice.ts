import { isIP } from 'node:net';
import { duplicate, notSupported, required, tooMany } from '../../field-errors';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPortNumber,
  checkQualifiedName,
} from '../../names';
import { endpointSlices } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo } from '../shared/defaulting';
import { endpointAddressProblems } from '../shared/endpoint-address';
import { checkLabels } from '../shared/labels';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { checkWord, protocols } from '../shared/values';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
export const maxEndpoints = 1000;
const maxEndpointAddresses = 100;
const maxEndpointPorts = 20_000;
const maxTopologyLabels = 16;
const maxHints = 8;

export const endpointSliceKind: Kind<EndpointSlice> = {
  resource: endpointSlices,
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  schema: builtInSchema(endpointSlices),
  subresources: {},
  applyDefaults(slice) {
    for (const port of slice.ports ?? []) {
      defaultTo(port, 'name', '');
      defaultEmpty(port, 'protocol', 'TCP');
    }
  },
  prepareForCreate(slice) {
    slice.metadata.generation = 1;
  },
  prepareForUpdate(slice, old) {
    const content = ({ endpoints = [], ports = [], addressType }: EndpointSlice) => ({ endpoints, ports, addressType });
    countGeneration(slice, old, equalJson(content(slice), content(old)));
  },
  validate: (slice) => [
    ...checkObjectMeta(slice.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkWord('addressType', slice.addressType, addressTypes),
    ...checkEndpoints(slice.endpoints ?? [], slice.addressType),
    ...checkPorts(slice.ports ?? []),
  ],
  validateUpdate: (slice, old) => [
    ...checkObjectMetaUpdate(slice.metadata, old.metadata),
    ...checkImmutable('addressType', slice.addressType, old.addressType),
  ],
  columns: [
    nameColumn(),
    textColumn('AddressType', 'What the addresses are.', ({ addressType }) => addressType ?? ''),
    textColumn('Ports', 'Ports of the endpoints.', ({ ports }) =>
      firstThree((ports ?? []).map((port) => String(port.port ?? (port.name || '*')))),
    ),
    textColumn('Endpoints', 'Addresses of the endpoints.', ({ endpoints }) =>
      firstThree((endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
    ),
    ageColumn(),
  ],
};

function firstThree(items: string[]): string {
  if (items.length === 0) return '<unset>';
  const more = items.length > 3 ? ` + ${items.length - 3} more...` : '';
  return `${items.slice(0, 3).join(',')}${more}`;
}

function checkEndpoints(endpoints: Endpoint[], addressType: string): FieldError[] {
  if (endpoints.length > maxEndpoints) return [tooMany('endpoints', endpoints.length, maxEndpoints)];
  return endpoints.flatMap((endpoint, index) => {
    const at = `endpoints[${index}]`;
    const addresses = endpoint.addresses ?? [];
    const errors: FieldError[] = [];
    if (addresses.length === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'));
    if (addresses.length > maxEndpointAddresses) {
      errors.push(tooMany(`${at}.addresses`, addresses.length, maxEndpointAddresses));
    }
    for (const [i, address] of addresses.entries()) {
      errors.push(...checked(`${at}.addresses[${i}]`, address, addressProblems(address, addressType)));
    }
    if (endpoint.nodeName) {
      errors.push(...checked(`${at}.nodeName`, endpoint.nodeName, checkDns1123Subdomain(endpoint.nodeName)));
    }
    if (endpoint.hostname) {
      errors.push(...checked(`${at}.hostname`, endpoint.hostname, checkDns1123Label(endpoint.hostname)));
    }
    return [...errors, ...checkPlace(endpoint, at)];
  });
}

/** Where an endpoint is, and for whom it is meant. */
function checkPlace({ deprecatedTopology = {}, hints }: Endpoint, field: string): FieldError[] {
  const topology = Object.keys(deprecatedTopology).length;
  return [
    ...(topology > maxTopologyLabels ? [tooMany(`${field}.deprecatedTopology`, topology, maxTopologyLabels)] : []),
    ...checkLabels(deprecatedTopology, `${field}.deprecatedTopology`),
    ...checkHints(hints?.forZones, `${field}.hints.forZones`, checkLabelValue),
    ...checkHints(hints?.forNodes, `${field}.hints.forNodes`, checkDns1123Subdomain),
  ];
}

function checkHints(
  hints: Array<{ name: string }> = [],
  field: string,
  rule: (name: string) => string[],
): FieldError[] {
  if (hints.length > maxHints) return [tooMany(field, hints.length, maxHints)];
  const names = new Set<string>();
  return hints.flatMap(({ name }, index) => {
    const at = `${field}[${index}].name`;
    const twice = names.has(name) ? [duplicate(at, name)] : [];
    names.add(name);
    return [...twice, ...checked(at, name, rule(name))];
  });
}

function addressProblems(address: string, addressType: string): string[] {
  switch (addressType) {
    case 'IPv4':
      if (isIP(address) !== 4) return ['must be a valid IPv4 address'];
      return endpointAddressProblems(address);
    case 'IPv6':
      if (isIP(address) !== 6) return ['must be a valid IPv6 address'];
      return endpointAddressProblems(address);
    case 'FQDN':
      if (address.includes('.')) return checkDns1123Subdomain(address.replace(/\.$/, ''));
      return [...checkDns1123Subdomain(address), 'should be a domain with at least two segments separated by dots'];
    default:
      return [];
  }
}

function checkPorts(ports: EndpointPort[]): FieldError[] {
  if (ports.length > maxEndpointPorts) return [tooMany('ports', ports.length, maxEndpointPorts)];
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `ports[${index}]`;
    const name = port.name ?? '';
    const errors = name ? checked(`${at}.name`, name, checkDns1123Label(name)) : [];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!protocols.some((protocol) => protocol === port.protocol)) {
      errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
    }
    if (port.port !== undefined) errors.push(...checked(`${at}.port`, port.port, checkPortNumber(port.port)));
    if (port.appProtocol) {
      errors.push(...checked(`${at}.appProtocol`, port.appProtocol, checkQualifiedName(port.appProtocol)));
    }
    return errors;
  });
}
