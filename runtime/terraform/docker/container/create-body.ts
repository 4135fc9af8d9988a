import type { ContainerCreateOptions } from 'dockerode';
import type { State } from '../../protocol/resource';
import { labelMap, numberOf, parseDuration } from '../known';
import type { containerSchema } from '../schema/container';

export type ContainerState = State<typeof containerSchema.attributes>;

const mebibytes = (value: number | null): number | undefined =>
  value === null ? undefined : numberOf(value) * 1024 ** 2;
/** What is null is the Engine's to choose. */
const given = <T>(value: T | null): T | undefined => value ?? undefined;
const filled = <T>(value: T[] | null): T[] | undefined => (value && value.length > 0 ? value : undefined);

/** What `POST /containers/create` gets for a planned container, the Engine's own names and units. */
export function createBody(planned: ContainerState): ContainerCreateOptions {
  const { exposed, bindings } = portMaps(planned);
  const { paths, binds, from } = volumeMaps(planned);
  const health = planned.healthcheck?.[0];
  return {
    Image: planned.image,
    Hostname: given(planned.hostname),
    Domainname: given(planned.domainname),
    User: given(planned.user),
    Env: filled(planned.env),
    Cmd: filled(planned.command),
    Entrypoint: filled(planned.entrypoint),
    WorkingDir: given(planned.working_dir),
    Tty: planned.tty,
    OpenStdin: planned.stdin_open,
    StopSignal: given(planned.stop_signal),
    StopTimeout: given(planned.stop_timeout),
    Labels: labelMap(planned.labels),
    ExposedPorts: exposed,
    Volumes: paths,
    Healthcheck: health && {
      Test: health.test,
      Interval: parseDuration(health.interval),
      Timeout: parseDuration(health.timeout),
      StartPeriod: parseDuration(health.start_period),
      ...(parseDuration(health.start_interval) > 0 && { StartInterval: parseDuration(health.start_interval) }),
      Retries: health.retries,
    },
    HostConfig: {
      ...resources(planned),
      RestartPolicy: { Name: planned.restart, MaximumRetryCount: planned.max_retry_count ?? 0 },
      AutoRemove: planned.rm,
      Privileged: planned.privileged ?? false,
      ReadonlyRootfs: planned.read_only,
      PublishAllPorts: planned.publish_all_ports ?? false,
      PortBindings: bindings,
      Binds: binds,
      VolumesFrom: from,
      Mounts: (planned.mounts ?? []).map(mount) as never,
      Tmpfs: given(planned.tmpfs),
      CapAdd: filled(planned.capabilities?.[0]?.add ?? null),
      CapDrop: filled(planned.capabilities?.[0]?.drop ?? null),
      SecurityOpt: filled(planned.security_opts),
      Devices: planned.devices?.map(({ host_path, container_path, permissions }) => ({
        PathOnHost: host_path,
        PathInContainer: container_path || host_path,
        CgroupPermissions: permissions || 'rwm',
      })),
      Ulimits: planned.ulimit?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
      ExtraHosts: planned.host?.map(({ host, ip }) => `${host}:${ip}`),
      Dns: filled(planned.dns),
      DnsOptions: filled(planned.dns_opts),
      DnsSearch: filled(planned.dns_search),
      NetworkMode: planned.network_mode,
      IpcMode: given(planned.ipc_mode),
      PidMode: given(planned.pid_mode),
      UsernsMode: given(planned.userns_mode),
      CgroupParent: given(planned.cgroup_parent),
      GroupAdd: filled(planned.group_add),
      Sysctls: given(planned.sysctls),
      StorageOpt: given(planned.storage_opts),
      Runtime: given(planned.runtime),
      Init: given(planned.init),
      ...(planned.cgroupns_mode && { CgroupnsMode: planned.cgroupns_mode }),
      // Options need a driver beside them; the Engine's default stands for an empty name.
      LogConfig: { Type: planned.log_driver ?? '', Config: planned.log_opts ?? {} },
    },
  };
}

/** The limits that both create and update take. */
export function resources(planned: ContainerState): NonNullable<ContainerCreateOptions['HostConfig']> {
  const swap = planned.memory_swap;
  return {
    Memory: mebibytes(planned.memory),
    MemorySwap: swap !== null && swap > 0 ? mebibytes(swap) : given(swap),
    ShmSize: mebibytes(planned.shm_size),
    CpuShares: given(planned.cpu_shares),
    CpusetCpus: given(planned.cpu_set),
    ...(planned.cpus === null
      ? { CpuPeriod: given(planned.cpu_period), CpuQuota: given(planned.cpu_quota) }
      : { NanoCpus: Math.round(Number(planned.cpus) * 1e9) }),
  };
}

type PortMap = Record<string, { HostIp: string; HostPort: string }[]>;

function portMaps({ ports }: ContainerState): { exposed: Record<string, object>; bindings: PortMap } {
  const exposed: Record<string, object> = {};
  const bindings: PortMap = {};
  for (const { internal, external, ip, protocol } of ports ?? []) {
    const key = `${internal}/${protocol}`;
    exposed[key] = {};
    bindings[key] ??= [];
    bindings[key].push({ HostIp: ip || '0.0.0.0', HostPort: external ? String(external) : '' });
  }
  return { exposed, bindings };
}

function volumeMaps({ volumes }: ContainerState) {
  const paths: Record<string, Record<string, never>> = {};
  const binds: string[] = [];
  const from: string[] = [];
  for (const volume of volumes ?? []) {
    const source = volume.volume_name || volume.host_path;
    if (volume.from_container) from.push(volume.from_container);
    else if (volume.container_path) {
      paths[volume.container_path] = {};
      if (source) binds.push(`${source}:${volume.container_path}:${volume.read_only ? 'ro' : 'rw'}`);
    }
  }
  return { paths, binds: filled(binds), from: filled(from) };
}

function mount(each: NonNullable<ContainerState['mounts']>[number]) {
  const volume = each.volume_options?.[0];
  const bind = each.bind_options?.[0];
  const tmpfs = each.tmpfs_options?.[0];
  return {
    Type: each.type,
    Target: each.target,
    Source: each.source ?? '',
    ReadOnly: each.read_only ?? false,
    ...(each.type === 'bind' && bind?.propagation && { BindOptions: { Propagation: bind.propagation } }),
    ...(each.type === 'volume' &&
      volume && {
        VolumeOptions: {
          NoCopy: volume.no_copy ?? false,
          Labels: labelMap(volume.labels),
          ...(volume.subpath && { Subpath: volume.subpath }),
          ...((volume.driver_name || volume.driver_options) && {
            DriverConfig: { Name: volume.driver_name ?? '', Options: volume.driver_options ?? {} },
          }),
        },
      }),
    ...(each.type === 'tmpfs' &&
      tmpfs && { TmpfsOptions: { SizeBytes: tmpfs.size_bytes ?? 0, Mode: tmpfs.mode ?? 0 } }),
  };
}
