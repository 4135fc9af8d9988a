interface Tool {
  /** Debian's and Ubuntu's package. */
  package: string;
  /** Without it the host works, only less well. */
  optional?: true;
}

/** Programs that the installer and the agent run on a host. */
export const hostTools: Readonly<Record<string, Tool>> = {
  df: { package: 'coreutils' },
  ln: { package: 'coreutils' },
  sha256sum: { package: 'coreutils' },
  timeout: { package: 'coreutils' },
  tar: { package: 'tar' },
  gzip: { package: 'gzip' },
  flock: { package: 'util-linux' },
  setsid: { package: 'util-linux' },
  nsenter: { package: 'util-linux' },
  mount: { package: 'mount' },
  umount: { package: 'mount' },
  ip: { package: 'iproute2' },
  bridge: { package: 'iproute2' },
  nft: { package: 'nftables' },
  sysctl: { package: 'procps' },
  // Takes clients of UDP Services away from endpoints that are gone.
  conntrack: { package: 'conntrack', optional: true },
};

/** The packages that carry these programs, each once. */
export function packagesOf(tools: readonly string[]): string[] {
  return [...new Set(tools.flatMap((tool) => hostTools[tool]?.package ?? []))].sort();
}

/** Those of the missing programs without which a host cannot be a node. */
export function neededTools(missing: readonly string[]): string[] {
  return missing.filter((tool) => !hostTools[tool]?.optional);
}
