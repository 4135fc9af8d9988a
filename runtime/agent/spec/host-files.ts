import type { Pod } from '../../kube/generated/types';

/** The pod's hostname: `spec.hostname`, else its name, as much of it as fits a host name. */
export function podHostname(pod: Pod): string {
  return (pod.spec?.hostname || pod.metadata.name || '').slice(0, 63).replace(/[-.]+$/, '');
}

/** `/etc/hosts` of a pod with a network of its own. */
export function etcHosts(pod: Pod, podIp: string, clusterDomain: string): string {
  const hostname = podHostname(pod);
  const { subdomain } = pod.spec ?? {};
  const full = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t` : '';
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIp}\t${full}${hostname}`,
  ];
  return `${lines.join('\n')}\n${hostAliases(pod)}`;
}

/** What `spec.hostAliases` adds to the hosts file. */
export function hostAliases(pod: Pod): string {
  const aliases = pod.spec?.hostAliases ?? [];
  if (!aliases.length) return '';
  const lines = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`;
}
