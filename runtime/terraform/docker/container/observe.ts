import type { Plan } from '../../protocol/resource';
import { Unknown } from '../../protocol/value';
import type { ContainerInfo } from '../engine';
import { knownOf } from '../known';
import type { containerSchema } from '../schema/container';
import type { ContainerState } from './create-body';

const mebibyte = 1024 ** 2;

/** What the Engine chose for a container where the configuration left the choice to it. */
export function computedOf(info: ContainerInfo) {
  const { Config: config, HostConfig: host } = info;
  const extended = config as typeof config & { StopTimeout?: number; StopSignal?: string };
  return {
    id: info.Id,
    hostname: config.Hostname ?? '',
    command: config.Cmd ?? [],
    entrypoint: listOf(config.Entrypoint),
    // The image's environment comes on top of what is configured; only the latter is the resource's.
    env: [] as string[],
    init: host.Init ?? false,
    stop_signal: extended.StopSignal ?? '',
    stop_timeout: extended.StopTimeout ?? 0,
    shm_size: Math.floor((host.ShmSize ?? 0) / mebibyte),
    security_opts: host.SecurityOpt ?? [],
    runtime: host.Runtime ?? '',
    ipc_mode: host.IpcMode ?? '',
    log_driver: host.LogConfig?.Type ?? '',
    exit_code: exitCode(info),
    container_logs: null,
    bridge: bridgeOf(info),
    network_data: networkData(info),
  };
}

/** A plan as it came true: known values as planned, unknown ones as the Engine chose. */
export function settledState(planned: Plan<typeof containerSchema.attributes>, info: ContainerInfo): ContainerState {
  const computed = computedOf(info);
  const unknown = Object.entries(computed).filter(([name]) => planned[name as keyof typeof computed] === Unknown);
  const state = { ...knownOf<ContainerState>(planned), ...Object.fromEntries(unknown) };
  return { ...state, ports: withPublishedPorts(state.ports, info) };
}

/**
 * The state of a container found again. The Engine lets little of a container change once it is made: that little is read,
 * the rest is as it was. A limit that was never configured is nobody's to restore, so it stays null.
 */
export function refreshedState(prior: ContainerState, info: ContainerInfo): ContainerState {
  const host = info.HostConfig;
  const running = isRunning(info);
  const limit = (before: number | null, now: number | undefined) =>
    before === null ? null : Math.floor((now ?? 0) / mebibyte);
  const swap = host.MemorySwap ?? 0;
  return {
    ...prior,
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    image: prior.image.startsWith('sha256:') ? info.Image : info.Config.Image,
    // Found stopped: the plan then says that it must run, and the update starts it.
    must_run: prior.must_run && prior.start ? running : prior.must_run,
    restart: (host.RestartPolicy?.Name || 'no') as ContainerState['restart'],
    max_retry_count: prior.max_retry_count === null ? null : (host.RestartPolicy?.MaximumRetryCount ?? 0),
    memory: limit(prior.memory, host.Memory),
    // -1 is what a host that cannot limit swap answers, whatever was asked of it.
    memory_swap: swap < 0 ? prior.memory_swap : limit(prior.memory_swap, swap),
    cpu_shares: prior.cpu_shares === null ? null : (host.CpuShares ?? 0),
    cpu_set: prior.cpu_set === null ? null : (host.CpusetCpus ?? ''),
    cpu_period: prior.cpus !== null || prior.cpu_period === null ? prior.cpu_period : (host.CpuPeriod ?? 0),
    cpu_quota: prior.cpus !== null || prior.cpu_quota === null ? prior.cpu_quota : (host.CpuQuota ?? 0),
    exit_code: exitCode(info),
    bridge: bridgeOf(info),
    network_data: networkData(info),
    ports: running ? withPublishedPorts(prior.ports, info) : prior.ports,
  };
}

export function isRunning(info: ContainerInfo): boolean {
  return info.State.Running || info.State.Restarting;
}

function bridgeOf(info: ContainerInfo): string {
  return (info.NetworkSettings as { Bridge?: string } | undefined)?.Bridge ?? '';
}

function exitCode(info: ContainerInfo): number | null {
  return isRunning(info) || info.State.Status === 'created' ? null : info.State.ExitCode;
}

export function listOf(value: string | string[] | null | undefined): string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}

function networkData(info: ContainerInfo): ContainerState['network_data'] {
  const networks = Object.entries(info.NetworkSettings?.Networks ?? {});
  return networks
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, network]) => ({
      network_name: name,
      ip_address: network.IPAddress,
      ip_prefix_length: network.IPPrefixLen,
      gateway: network.Gateway,
      global_ipv6_address: network.GlobalIPv6Address,
      global_ipv6_prefix_length: network.GlobalIPv6PrefixLen,
      ipv6_gateway: network.IPv6Gateway,
      mac_address: network.MacAddress,
    }));
}

/** Each port with the external port that it is published at now, if it is. */
function withPublishedPorts(ports: ContainerState['ports'], info: ContainerInfo): ContainerState['ports'] {
  const published = structuredClone(info.NetworkSettings?.Ports ?? {}) as Record<
    string,
    { HostIp: string; HostPort: string }[] | null
  >;
  return (
    ports?.map((port) => {
      // A configured 0 asks for any free port, and must stay what it was planned to be.
      if (port.external === 0) return port;
      const bindings = published[`${port.internal}/${port.protocol}`] ?? [];
      const ip = port.ip || '0.0.0.0';
      const at = bindings.findIndex((each) => (each.HostIp || '0.0.0.0') === ip);
      const [binding] = at < 0 ? [] : bindings.splice(at, 1);
      return { ...port, external: binding ? Number(binding.HostPort) : port.external };
    }) ?? null
  );
}
