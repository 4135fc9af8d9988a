import { isIP } from 'node:net';
import { invalid, required } from '../../field-errors';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Label, checkDns1123Subdomain, checkPortNumber, checkQualifiedName } from '../../names';
import { endpoints } from '../../resource';
import { ageColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { endpointAddressProblems } from '../shared/endpoint-address';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkIp, checkWord, protocols } from '../shared/values';

export const endpointsKind: Kind<Endpoints> = {
  resource: endpoints,
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  schema: builtInSchema(endpoints),
  subresources: {},
  replaceCreates: true,
  applyDefaults({ subsets }) {
    for (const subset of subsets ?? []) {
      for (const port of subset.ports ?? []) defaultEmpty(port, 'protocol', 'TCP');
    }
  },
  validate: ({ metadata, subsets }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...(subsets ?? []).flatMap((subset, index) => checkSubset(subset, `subsets[${index}]`)),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  columns: [nameColumn(), textColumn('Endpoints', 'Addresses and ports.', endpointsText), ageColumn()],
};

/** How many addresses `kubectl get` shows. */
const shown = 3;

function endpointsText({ subsets }: Endpoints): string {
  const all = (subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => (isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`))),
  );
  if (all.length === 0) return none;
  return `${all.slice(0, shown).join(',')}${all.length > shown ? ` + ${all.length - shown} more...` : ''}`;
}

function checkSubset(
  { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(required(field, 'must specify `addresses` or `notReadyAddresses`'));
  }
  return [
    ...errors,
    ...addresses.flatMap((address, index) => checkAddress(address, `${field}.addresses[${index}]`)),
    ...notReadyAddresses.flatMap((address, index) => checkAddress(address, `${field}.notReadyAddresses[${index}]`)),
    ...ports.flatMap((port, index) => {
      const at = `${field}.ports[${index}]`;
      return [
        ...(port.name
          ? checked(`${at}.name`, port.name, checkDns1123Label(port.name))
          : ports.length > 1
            ? [required(`${at}.name`)]
            : []),
        ...checked(`${at}.port`, port.port ?? 0, checkPortNumber(port.port ?? 0)),
        ...checkWord(`${at}.protocol`, port.protocol, protocols),
        ...(port.appProtocol
          ? checked(`${at}.appProtocol`, port.appProtocol, checkQualifiedName(port.appProtocol))
          : []),
      ];
    }),
  ];
}

function checkAddress({ ip, hostname, nodeName }: EndpointAddress, field: string): FieldError[] {
  return [
    ...checkIp(`${field}.ip`, ip),
    ...(hostname ? checked(`${field}.hostname`, hostname, checkDns1123Label(hostname)) : []),
    ...(nodeName ? checked(`${field}.nodeName`, nodeName, checkDns1123Subdomain(nodeName)) : []),
    ...checkReachable(ip, `${field}.ip`),
  ];
}

/** Addresses that would send a client to its own host or to everybody. */
function checkReachable(ip: string | undefined, field: string): FieldError[] {
  if (!ip || isIP(ip) === 0) return [];
  return endpointAddressProblems(ip).map((why) => invalid(field, ip, why));
}
