import { posix } from 'node:path';
import { hostPaths, hostRoot } from '../config/config';
import type { Connection } from './connection';
import { mustRun } from './host-run';
import { hostTools } from './host-tools';
import type { Arch } from './runtime-bundle';

/** What a host is and has, found in one look. */
export interface HostFacts {
  /** As `uname -m` says. */
  machine: string;
  /** Undefined where the runtime has no build for it. */
  arch?: Arch;
  kernel: string;
  /** `debian 12`, for messages. */
  os: string;
  musl: boolean;
  uid: number;
  systemd: boolean;
  cgroupVersion: 1 | 2;
  /** Programs that the installer and the agent run and the host lacks. */
  missingTools: string[];
  /** What can install them. */
  packageManager?: 'apt';
  docker: { installed: boolean; running: boolean; version?: string };
  disk: { path: string; availableBytes: number };
  /** Version that `current` points at. */
  currentVersion?: string;
  /** Versions that are there as a whole. */
  versions: string[];
  /** sha256 of the files that can be linked into a version. */
  blobs: string[];
  /** sha256 of configuration files, by name. */
  configs: Record<string, string>;
  /** An agent that has joined once has a certificate of its own. */
  agentHasCertificate: boolean;
}

const probe = `root=$1
shift
say() { printf '%s=%s\\n' "$1" "$2"; }
say machine "$(uname -m)"
say kernel "$(uname -s)"
say os "$(. /etc/os-release 2>/dev/null; echo "$ID $VERSION_ID")"
say uid "$(id -u)"
for loader in /lib/ld-musl-*; do [ -e "$loader" ] && say musl yes; done
[ -d /run/systemd/system ] && say systemd yes
[ "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ] && say cgroup2 yes
for tool in "$@"; do command -v "$tool" >/dev/null || say missing "$tool"; done
command -v apt-get >/dev/null && say packages apt
{ command -v docker || command -v dockerd; } >/dev/null && say docker installed
[ -S /var/run/docker.sock ] && say socket yes
command -v docker >/dev/null && say engine "$(timeout 5 docker version --format '{{.Server.Version}}' 2>/dev/null)"
dir=$root
while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
say disk "$(df -Pk "$dir" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; }) $dir"
say current "$(basename "$(readlink "$root/runtime/current" 2>/dev/null)" 2>/dev/null)"
for each in "$root"/runtime/[0-9a-f]*/; do [ -d "$each" ] && [ ! -L "\${each%/}" ] && say version "$(basename "$each")"; done
for each in "$root"/runtime/.blobs/[0-9a-f]*; do [ -f "$each" ] && say blob "$(basename "$each")"; done
for each in "$root"/config/*.json; do [ -f "$each" ] && say config "$(sha256sum <"$each" | cut -d' ' -f1) $(basename "$each")"; done
grep -slq 'BEGIN CERTIFICATE' "$root"/agent/* "$root"/agent/*/* && say certificate yes
exit 0`;

/** Looks at a host once. Changes nothing. */
export async function hostFacts(connection: Connection, root: string = hostRoot): Promise<HostFacts> {
  const argv = ['sh', '-c', probe, 'sh', hostPaths(root).root, ...Object.keys(hostTools)];
  return parseFacts((await mustRun(connection, argv, 'looking at the host', { timeoutMs: 30_000 })).stdout);
}

/** The probe's words as facts. */
export function parseFacts(text: string): HostFacts {
  const all = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) all.set(line.slice(0, at), [...(all.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  const one = (key: string) => all.get(key)?.[0] ?? '';
  const many = (key: string) => all.get(key) ?? [];
  const machine = one('machine');
  const [kilobytes, ...diskPath] = one('disk').split(' ');
  const engine = one('engine') || undefined;
  const installed = one('docker') === 'installed' || one('socket') === 'yes';
  return {
    machine,
    arch: { x86_64: 'x64', aarch64: 'arm64', arm64: 'arm64' }[machine] as Arch | undefined,
    kernel: one('kernel'),
    os: one('os').trim() || 'unknown',
    musl: one('musl') === 'yes',
    uid: Number(one('uid')),
    systemd: one('systemd') === 'yes',
    cgroupVersion: one('cgroup2') === 'yes' ? 2 : 1,
    missingTools: many('missing'),
    ...(one('packages') === 'apt' ? { packageManager: 'apt' } : {}),
    docker: {
      installed,
      // Without the docker command only the socket can be seen.
      running: all.has('engine') ? engine !== undefined : one('socket') === 'yes',
      ...(engine ? { version: engine } : {}),
    },
    disk: { path: diskPath.join(' ') || posix.sep, availableBytes: Number(kilobytes) * 1024 },
    currentVersion: one('current') || undefined,
    versions: many('version'),
    blobs: many('blob'),
    configs: Object.fromEntries(
      many('config').map((line) => {
        const [hash, ...name] = line.split(' ');
        return [name.join(' '), hash as string];
      }),
    ),
    agentHasCertificate: one('certificate') === 'yes',
  };
}
