import type { ContainerInfo, ImageInfo } from '../engine';
import { formatDuration, labelSet } from '../known';
import { ownerLabel } from '../ownership';
import type { ContainerState } from './create-body';
import { computedOf, listOf, refreshedState } from './observe';

/**
 * The state of a container that something else made: what was asked for when it was made, as far as the Engine tells it
 * apart from what its image and the Engine's defaults brought. Uploaded files are the only thing that cannot be seen.
 */
export function importedState(info: ContainerInfo, image: ImageInfo | undefined): ContainerState {
  const { Config: config, HostConfig: host } = info;
  const base = image?.Config;
  const ofImage = new Set(base?.Env ?? []);
  const unlessEmpty = <T>(value: T | null | undefined): T | null =>
    !value || (typeof value === 'object' && Object.keys(value).length === 0) ? null : value;
  const unlessOf = <T>(value: T | undefined, other: T | undefined): T | null =>
    value === other ? null : unlessEmpty(value);
  const labels = Object.entries(config.Labels ?? {}).filter(
    ([name, value]) => name !== ownerLabel && base?.Labels?.[name] !== value,
  );
  const extended = host as typeof host & { CgroupnsMode?: string };
  const hasCapabilities = (host.CapAdd?.length ?? 0) + (host.CapDrop?.length ?? 0) > 0;
  const state: ContainerState = {
    ...computedOf(info),
    name: info.Name.replace(/^\//, ''),
    image: config.Image,
    env: (config.Env ?? []).filter((each) => !ofImage.has(each)),
    user: unlessOf(config.User, base?.User),
    working_dir: unlessOf(config.WorkingDir, base?.WorkingDir),
    group_add: unlessEmpty(host.GroupAdd),
    tty: config.Tty,
    stdin_open: config.OpenStdin,
    start: true,
    must_run: true,
    restart: 'no',
    max_retry_count: unlessEmpty(host.RestartPolicy?.MaximumRetryCount),
    rm: host.AutoRemove ?? false,
    wait: false,
    wait_timeout: 60,
    destroy_grace_seconds: null,
    remove_volumes: true,
    container_read_refresh_timeout_milliseconds: 15000,
    attach: false,
    logs: false,
    memory: unlessEmpty(host.Memory),
    memory_swap: (host.MemorySwap ?? 0) === 2 * (host.Memory ?? 0) ? null : unlessEmpty(host.MemorySwap),
    cpus: host.NanoCpus ? String(host.NanoCpus / 1e9) : null,
    cpu_shares: unlessEmpty(host.CpuShares),
    cpu_set: unlessEmpty(host.CpusetCpus),
    cpu_period: unlessEmpty(host.CpuPeriod),
    cpu_quota: unlessEmpty(host.CpuQuota),
    privileged: unlessEmpty(host.Privileged),
    read_only: host.ReadonlyRootfs ?? false,
    tmpfs: unlessEmpty(host.Tmpfs as Record<string, string> | undefined),
    storage_opts: unlessEmpty(host.StorageOpt),
    sysctls: unlessEmpty(host.Sysctls),
    gpus: null,
    pid_mode: unlessEmpty(host.PidMode),
    userns_mode: unlessEmpty(host.UsernsMode),
    cgroupns_mode: unlessOf(extended.CgroupnsMode, 'host') as ContainerState['cgroupns_mode'],
    cgroup_parent: unlessEmpty(host.CgroupParent),
    log_opts: unlessEmpty(host.LogConfig?.Config as Record<string, string> | undefined),
    domainname: unlessEmpty(config.Domainname),
    network_mode: host.NetworkMode === 'default' ? 'bridge' : (host.NetworkMode ?? 'bridge'),
    publish_all_ports: unlessEmpty(host.PublishAllPorts),
    dns: unlessEmpty(host.Dns),
    dns_opts: unlessEmpty(host.DnsOptions),
    dns_search: unlessEmpty(host.DnsSearch),
    labels: labelSet(Object.fromEntries(labels)),
    capabilities: hasCapabilities ? [{ add: unlessEmpty(host.CapAdd), drop: unlessEmpty(host.CapDrop) }] : [],
    devices: ((host.Devices ?? []) as Device[]).map((device) => ({
      host_path: device.PathOnHost,
      container_path: device.PathInContainer === device.PathOnHost ? null : device.PathInContainer,
      permissions: device.CgroupPermissions === 'rwm' ? null : device.CgroupPermissions,
    })),
    healthcheck: importedHealthcheck(config, base),
    host: (host.ExtraHosts ?? []).map((entry: string) => {
      const colon = entry.indexOf(':');
      return { host: entry.slice(0, colon), ip: entry.slice(colon + 1) };
    }),
    mounts: importedMounts(info),
    networks_advanced: importedNetworks(info),
    ports: importedPorts(info),
    ulimit: ((host.Ulimits ?? []) as Ulimit[]).map((each) => ({
      name: each.Name,
      soft: each.Soft,
      hard: each.Hard,
    })),
    upload: [],
    volumes: importedVolumes(info),
  };
  const sized = { ...state, command: sameAs(config.Cmd, base?.Cmd) ? state.command : listOf(config.Cmd) };
  return refreshedState(sized, info);
}

interface Device {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
}

interface Ulimit {
  Name: string;
  Soft: number;
  Hard: number;
}

function sameAs(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
}

type Health = {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
};

function importedHealthcheck(config: ContainerInfo['Config'], base: unknown): ContainerState['healthcheck'] {
  const health = config.Healthcheck as Health | undefined;
  if (!health?.Test || sameAs(health, (base as { Healthcheck?: unknown } | undefined)?.Healthcheck)) return [];
  return [
    {
      test: health.Test,
      interval: formatDuration(health.Interval ?? 0),
      timeout: formatDuration(health.Timeout ?? 0),
      start_period: formatDuration(health.StartPeriod ?? 0),
      start_interval: formatDuration(health.StartInterval ?? 0),
      retries: health.Retries ?? 0,
    },
  ];
}

function importedNetworks(info: ContainerInfo): ContainerState['networks_advanced'] {
  const networks = Object.entries(info.NetworkSettings?.Networks ?? {});
  const builtIn = new Set(['bridge', 'host', 'none']);
  const own = new Set([info.Id.slice(0, 12), info.Config.Hostname]);
  return networks
    .filter(([name]) => !builtIn.has(name))
    .map(([name, network]) => {
      const aliases = (network.Aliases ?? []).filter((alias: string) => !own.has(alias));
      const ipam = network.IPAMConfig as { IPv4Address?: string; IPv6Address?: string } | null;
      return {
        name,
        aliases: aliases.length > 0 ? aliases : null,
        ipv4_address: ipam?.IPv4Address || null,
        ipv6_address: ipam?.IPv6Address || null,
      };
    });
}

function importedPorts(info: ContainerInfo): ContainerState['ports'] {
  const bindings = Object.entries(
    (info.HostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[]>,
  );
  return bindings
    .flatMap(([key, hosts]) => {
      const [internal = '0', protocol = 'tcp'] = key.split('/');
      return hosts.map((each) => ({
        internal: Number(internal),
        external: each.HostPort ? Number(each.HostPort) : null,
        ip: each.HostIp || '0.0.0.0',
        protocol: protocol as 'tcp',
      }));
    })
    .sort((a, b) => a.internal - b.internal);
}

function importedVolumes(info: ContainerInfo): ContainerState['volumes'] {
  return (info.HostConfig.Binds ?? []).map((bind: string) => {
    const [source = '', path = '', mode = 'rw'] = bind.split(':');
    return {
      container_path: path,
      volume_name: source.startsWith('/') ? null : source,
      host_path: source.startsWith('/') ? source : null,
      from_container: null,
      read_only: mode.split(',').includes('ro') || null,
    };
  });
}

interface Mount {
  Type: 'bind' | 'volume' | 'tmpfs';
  Target: string;
  Source?: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
    Subpath?: string;
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

function importedMounts(info: ContainerInfo): ContainerState['mounts'] {
  return ((info.HostConfig.Mounts ?? []) as Mount[]).map((each) => {
    const volume = each.VolumeOptions;
    return {
      type: each.Type,
      target: each.Target,
      source: each.Source || null,
      read_only: each.ReadOnly || null,
      bind_options: each.BindOptions
        ? [{ propagation: (each.BindOptions.Propagation || null) as 'rprivate' | null }]
        : [],
      volume_options: volume
        ? [
            {
              no_copy: volume.NoCopy || null,
              driver_name: volume.DriverConfig?.Name || null,
              driver_options: volume.DriverConfig?.Options ?? null,
              subpath: volume.Subpath || null,
              labels: labelSet(volume.Labels),
            },
          ]
        : [],
      tmpfs_options: each.TmpfsOptions
        ? [{ size_bytes: each.TmpfsOptions.SizeBytes || null, mode: each.TmpfsOptions.Mode || null }]
        : [],
    };
  });
}
