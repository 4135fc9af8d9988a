import { duplicate, forbidden, invalid, required } from '../../../field-errors';
import type { ServicePort, ServiceSpec } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Label, checkPortNumber, checkQualifiedName } from '../../../names';
import { checked } from '../../shared/limits';
import { checkPortNumberOrName, checkWord, protocols } from '../../shared/values';
import { hasClusterIp, isHeadless, nodePorts } from './defaults';

export function checkServicePorts(spec: ServiceSpec, field: string): FieldError[] {
  const ports = spec.ports ?? [];
  if (ports.length === 0) return !isHeadless(spec) && hasClusterIp(spec) ? [required(field)] : [];
  return [
    ...checkNames(ports, field),
    ...ports.flatMap((port, index) => checkPort(port, spec, `${field}[${index}]`)),
    ...checkUnique(ports, field),
  ];
}

function checkNames(ports: ServicePort[], field: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name }, index) => {
    const at = `${field}[${index}].name`;
    if (!name) return ports.length > 1 ? [required(at)] : [];
    const errors = checked(at, name, checkDns1123Label(name));
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    return errors;
  });
}

function checkPort(port: ServicePort, spec: ServiceSpec, field: string): FieldError[] {
  const errors = [
    ...checked(`${field}.port`, port.port ?? 0, checkPortNumber(port.port ?? 0)),
    ...checkWord(`${field}.protocol`, port.protocol, protocols),
    ...checkPortNumberOrName(`${field}.targetPort`, port.targetPort),
    ...(port.appProtocol
      ? checked(`${field}.appProtocol`, port.appProtocol, checkQualifiedName(port.appProtocol))
      : []),
  ];
  if (!port.nodePort) return errors;
  if (spec.type === 'ClusterIP' || spec.type === 'ExternalName') {
    errors.push(forbidden(`${field}.nodePort`, `may not be used when \`type\` is '${spec.type}'`));
  } else if (port.nodePort < nodePorts.first || port.nodePort > nodePorts.last) {
    const range = `${nodePorts.first}-${nodePorts.last}`;
    const detail = `provided port is not in the valid range. The range of valid ports is ${range}`;
    errors.push(invalid(`${field}.nodePort`, port.nodePort, detail));
  }
  return errors;
}

function checkUnique(ports: ServicePort[], field: string): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, { port, protocol, nodePort }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (taken.has(key)) errors.push(duplicate(`${field}[${index}]`, { protocol, port }));
    taken.add(key);
    if (!nodePort) continue;
    const nodeKey = `node/${protocol}/${nodePort}`;
    if (taken.has(nodeKey)) errors.push(duplicate(`${field}[${index}].nodePort`, nodePort));
    taken.add(nodeKey);
  }
  return errors;
}
