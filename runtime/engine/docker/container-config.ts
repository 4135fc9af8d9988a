import type { ContainerSpec, Mount, SandboxSpec } from '../engine';
import { containerLabels, sandboxLabels } from './container-labels';

/** Kubernetes' own limits of a container's log (containerLogMaxSize, containerLogMaxFiles). */
const logConfig = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };
const cpuPeriod = 100_000;

/** What `POST /containers/create` gets for a sandbox. */
export function sandboxConfig(spec: SandboxSpec, image: string, lowestOomScore: number): Record<string, unknown> {
  return {
    Image: image,
    Cmd: spec.hostNetwork ? ['host'] : [],
    Hostname: spec.hostname,
    Labels: sandboxLabels(spec),
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      // The program makes its network namespace itself; Docker would take 100 ms for it.
      NetworkMode: 'host',
      IpcMode: spec.hostIpc ? 'host' : 'shareable',
      PidMode: spec.hostPid ? 'host' : '',
      CapDrop: ['ALL'],
      CapAdd: spec.hostNetwork ? ['SETPCAP'] : ['SETPCAP', 'SYS_ADMIN'],
      ReadonlyRootfs: true,
      // Its few hundred bytes are ours and give up every capability; the filter would take 18 ms of each pod's start.
      SecurityOpt: ['seccomp=unconfined'],
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none' },
      // Killed last: with it the whole pod would have to start again.
      OomScoreAdj: Math.max(-998, lowestOomScore),
      Sysctls: Object.fromEntries(Object.entries(spec.sysctls).filter(([name]) => !isNetworkSysctl(name))),
      ...(spec.cgroupParent ? { CgroupParent: spec.cgroupParent } : {}),
    },
  };
}

/** Sysctls of the network namespace, which is not there yet when Docker would set them. */
export function isNetworkSysctl(name: string): boolean {
  return name.startsWith('net.');
}

/** What `POST /containers/create` gets for a container of a pod. */
export function containerConfig(spec: ContainerSpec, lowestOomScore: number): Record<string, unknown> {
  const { security, resources } = spec;
  const sandbox = `container:${spec.sandboxId}`;
  return {
    Image: spec.image,
    ...(spec.command.length ? { Entrypoint: spec.command } : {}),
    ...(spec.args.length ? { Cmd: spec.args } : {}),
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
    Env: spec.env.map(({ name, value }) => `${name}=${value}`),
    User: security.user,
    Tty: spec.tty,
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    Labels: containerLabels(spec),
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: sandbox,
      IpcMode: spec.hostIpc ? 'host' : sandbox,
      PidMode: spec.hostPid ? 'host' : spec.sharePidWithSandbox ? sandbox : '',
      Mounts: spec.mounts.map(mountConfig),
      RestartPolicy: { Name: 'no' },
      LogConfig: logConfig,
      CpuShares: resources.cpuShares,
      ...(resources.cpuQuota > 0 ? { CpuPeriod: cpuPeriod, CpuQuota: resources.cpuQuota } : {}),
      // Swap equal to memory means none.
      ...(resources.memoryBytes > 0 ? { Memory: resources.memoryBytes, MemorySwap: resources.memoryBytes } : {}),
      ...(resources.pidsLimit ? { PidsLimit: resources.pidsLimit } : {}),
      OomScoreAdj: Math.max(resources.oomScoreAdj, lowestOomScore),
      Privileged: security.privileged,
      GroupAdd: security.supplementalGroups.map(String),
      CapAdd: security.addCapabilities,
      CapDrop: security.dropCapabilities,
      ReadonlyRootfs: security.readOnlyRootFilesystem,
      SecurityOpt: securityOptions(spec),
    },
  };
}

function securityOptions({ security }: ContainerSpec): string[] {
  return [
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(security.seccomp ? [`seccomp=${security.seccomp}`] : []),
    ...(security.apparmor ? [`apparmor=${security.apparmor}`] : []),
  ];
}

function mountConfig(mount: Mount): Record<string, unknown> {
  if (mount.tmpfsBytes !== undefined)
    return {
      Type: 'tmpfs',
      Target: mount.containerPath,
      ReadOnly: mount.readOnly,
      TmpfsOptions: mount.tmpfsBytes > 0 ? { SizeBytes: mount.tmpfsBytes } : {},
    };
  return {
    Type: 'bind',
    Source: mount.hostPath,
    Target: mount.containerPath,
    ReadOnly: mount.readOnly,
    BindOptions: {
      Propagation: mount.propagation === 'private' || !mount.propagation ? 'rprivate' : mount.propagation,
    },
  };
}
