/**
 * What a node container needs of the engine that runs it, for `docker_container`, dockerode or the command line.
 *
 * It is the smallest set with which a Docker Engine inside, nftables, VXLAN and pods' network namespaces work, found
 * by trying. Beside Docker's default capabilities:
 * - CAP_SYS_ADMIN: mounts (overlay2, cgroups), namespaces;
 * - CAP_NET_ADMIN: links, routes, nftables;
 * - CAP_SYS_PTRACE: entering the namespaces of containers that do not run as root.
 *
 * `privileged` would ask for every capability, which an outer kernel that withholds one refuses. What is thereby out of
 * reach inside: privileged pods, capabilities outside this list, a negative oom_score_adj, raising a hard rlimit.
 */
export const nodeContainer = {
  capabilities: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_SYS_PTRACE'],
  /** Both profiles refuse mounts, which the engine inside lives by. Harmless where the outer host has neither. */
  securityOptions: ['seccomp=unconfined', 'apparmor=unconfined'],
  /** With cgroup v2 the container must be the root of what it sees; with v1 it does no harm. */
  cgroupNamespace: 'private',
  /** Everything that must outlive the container. overlay2 cannot stand on the container's own overlay. */
  volumes: ['/var/lib/docker', '/var/lib/orlop'],
  /** Emptied with each start, so no pid file or socket of a killed process is met again. */
  tmpfs: { '/run': 'rw,nosuid,nodev,exec,mode=755' },
  /** Devices of the host: none. */
  devices: [] as string[],
  sshPort: 22,
  /** Where the public key that may log in as root is put before the first start. */
  authorizedKeys: '/root/.ssh/authorized_keys',
  /** The node's own host key, made at its first start and kept in the volume. */
  hostKey: '/var/lib/orlop/ssh/ssh_host_ed25519_key.pub',
} as const;

/** The files of the image's build context, beside this one. */
export const imageFiles = ['Dockerfile', 'daemon.json', 'entrypoint', 'sshd_config'] as const;
