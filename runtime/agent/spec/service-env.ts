import type { Service } from '../../kube/generated/types';

/**
 * Docker-link style variables of Services: `kubernetes` of the default namespace always, and those of the pod's own
 * namespace unless the pod switched them off.
 */
export function serviceEnv(services: Service[], namespace: string, links: boolean): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const isMaster = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes';
    if (!isMaster && !(links && service.metadata.namespace === namespace)) continue;
    const ip = service.spec?.clusterIP;
    const ports = service.spec?.ports ?? [];
    const first = ports[0];
    if (!ip || ip === 'None' || !first) continue;
    const name = (service.metadata.name ?? '').toUpperCase().replaceAll('-', '_');
    env.set(`${name}_SERVICE_HOST`, ip);
    env.set(`${name}_SERVICE_PORT`, String(first.port));
    for (const port of ports)
      if (port.name) env.set(`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    env.set(`${name}_PORT`, `${(first.protocol ?? 'TCP').toLowerCase()}://${ip}:${first.port}`);
    for (const { port, protocol = 'TCP' } of ports) {
      const prefix = `${name}_PORT_${port}_${protocol}`;
      env.set(prefix, `${protocol.toLowerCase()}://${ip}:${port}`);
      env.set(`${prefix}_PROTO`, protocol.toLowerCase());
      env.set(`${prefix}_PORT`, String(port));
      env.set(`${prefix}_ADDR`, ip);
    }
  }
  return env;
}
