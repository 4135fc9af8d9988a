import type { Pod } from '../../kube/generated/types';

/** What /etc/resolv.conf says. */
export interface ResolvConf {
  nameservers: string[];
  searches: string[];
  options: string[];
}

export interface NodeDns {
  clusterDns: string;
  clusterDomain: string;
  /** The node's own /etc/resolv.conf, as text. */
  nodeResolvConf: string;
}

/** Limits of the resolver library, which Kubernetes keeps too. */
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchText = 2048;

/** Reads /etc/resolv.conf; of several `search` lines the last holds. */
export function parseResolvConf(text: string): ResolvConf {
  const conf: ResolvConf = { nameservers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && rest[0]) conf.nameservers.push(rest[0]);
    else if (word === 'search' || word === 'domain')
      conf.searches = rest.map((search) => search.replace(/(.)\.$/, '$1'));
    else if (word === 'options') conf.options.push(...rest);
  }
  return conf;
}

/** The text of a pod's /etc/resolv.conf, by its dnsPolicy and dnsConfig. */
export function resolvConf(pod: Pod, node: NodeDns): string {
  const spec = pod.spec;
  const hostNetwork = spec?.hostNetwork === true;
  const policy = spec?.dnsPolicy ?? 'ClusterFirst';
  const own = parseResolvConf(node.nodeResolvConf);
  const inCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !hostNetwork);

  let conf: ResolvConf;
  if (policy === 'None') {
    conf = { nameservers: [], searches: [], options: [] };
  } else if (inCluster) {
    const { clusterDomain } = node;
    const searches = [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
    conf = { nameservers: [node.clusterDns], searches: [...searches, ...own.searches], options: ['ndots:5'] };
  } else {
    // A resolver on the node's loopback cannot be reached from a pod; cluster DNS asks it for the pod.
    const reachable = (server: string) => hostNetwork || !(server.startsWith('127.') || server === '::1');
    const nameservers = own.nameservers.map((server) => (reachable(server) ? server : node.clusterDns));
    conf = { ...own, nameservers };
  }
  const extra = spec?.dnsConfig;
  conf.nameservers = unique([...conf.nameservers, ...(extra?.nameservers ?? [])]).slice(0, maxNameservers);
  conf.searches = fitting(unique([...conf.searches, ...(extra?.searches ?? [])]));
  conf.options = mergeOptions(conf.options, extra?.options ?? []);

  const lines = conf.nameservers.map((server) => `nameserver ${server}`);
  if (conf.searches.length > 0) lines.unshift(`search ${conf.searches.join(' ')}`);
  if (conf.options.length > 0) lines.push(`options ${conf.options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** An option of dnsConfig replaces the one of the same name. */
function mergeOptions(options: string[], extra: Array<{ name?: string; value?: string }>): string[] {
  const merged = new Map(options.map((option) => [option.split(':')[0] ?? option, option]));
  for (const { name, value } of extra) if (name) merged.set(name, value === undefined ? name : `${name}:${value}`);
  return [...merged.values()];
}

function fitting(searches: string[]): string[] {
  const kept = searches.slice(0, maxSearches);
  while (kept.join(' ').length > maxSearchText) kept.pop();
  return kept;
}

function unique(list: string[]): string[] {
  return [...new Set(list)];
}
