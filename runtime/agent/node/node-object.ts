import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { AgentConfig } from '../../config/config';
import type { EngineInfo, ImageInfo } from '../../engine/engine';
import type { Node, NodeCondition, NodeStatus, NodeSystemInfo } from '../../kube/generated/types';
import { labels } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import { leastDiskFraction, type NodePressure } from './pressure';

/** The version of Kubernetes whose behaviour the agent keeps. */
export const kubernetesVersion = 'v1.36.0+orlop';
const kibibyte = 1024;
/** What `status.images` lists at most, as in Kubernetes. */
const maxImages = 50;
/** Kept back for the node's own processes: the engine, the agent, SSH. */
const reservedMemoryBytes = 256 * 2 ** 20;

/** What does not change while the agent runs. */
export interface NodeMachine {
  config: AgentConfig;
  nodeIp: string;
  engine: EngineInfo;
  /** Size of the file system that holds the agent's data. */
  diskBytes: number;
  system: Pick<NodeSystemInfo, 'machineID' | 'systemUUID' | 'bootID'>;
}

/** The node as it registers itself; taints are given only here. */
export function newNode({ config, engine }: NodeMachine): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: config.nodeName,
      labels: { ...ownLabels(config.labels), ...machineLabels(config.nodeName, engine) },
    },
    spec: config.taints.length ? { taints: config.taints } : {},
  };
}

/**
 * The labels that a node may give itself. Kubernetes' own domains are the administrator's (NodeRestriction): a node
 * that could take a role would be given its pods and their secrets.
 */
export function ownLabels(wanted: Record<string, string>): Record<string, string> {
  const reserved = /(^|\.)(kubernetes|k8s)\.io\//;
  const free = /^(kubelet|node)\.kubernetes\.io\/|^topology\.kubernetes\.io\/(region|zone)$/;
  return Object.fromEntries(Object.entries(wanted).filter(([label]) => !reserved.test(label) || free.test(label)));
}

/** Labels that say what the machine is. */
function machineLabels(nodeName: string, engine: EngineInfo): Record<string, string> {
  return { [labels.hostname]: nodeName, [labels.os]: 'linux', [labels.arch]: engine.architecture };
}

function nodeCapacity({ config, engine, diskBytes }: NodeMachine): Record<string, string> {
  return {
    cpu: String(engine.cpus),
    memory: `${Math.floor(engine.memoryBytes / kibibyte)}Ki`,
    'ephemeral-storage': `${Math.floor(diskBytes / kibibyte)}Ki`,
    pods: String(config.maxPods),
  };
}

/** What pods may use: all but what the node's own processes need. */
export function nodeAllocatable(machine: NodeMachine): Record<string, string> {
  const memory = Math.max(machine.engine.memoryBytes / 2, machine.engine.memoryBytes - reservedMemoryBytes);
  return {
    ...nodeCapacity(machine),
    memory: `${Math.floor(memory / kibibyte)}Ki`,
    'ephemeral-storage': `${Math.floor((machine.diskBytes * (1 - leastDiskFraction)) / kibibyte)}Ki`,
  };
}

export function nodeStatus(
  machine: NodeMachine,
  pressure: NodePressure,
  images: ImageInfo[],
  old: NodeStatus | undefined,
  now: number,
): NodeStatus {
  const { config, engine, nodeIp, system } = machine;
  return {
    capacity: { ...extended(old?.capacity), ...nodeCapacity(machine) },
    allocatable: { ...extended(old?.allocatable), ...nodeAllocatable(machine) },
    addresses: [
      { type: 'InternalIP', address: nodeIp },
      { type: 'Hostname', address: config.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: config.apiPort } },
    nodeInfo: {
      ...system,
      kernelVersion: engine.kernelVersion,
      osImage: engine.operatingSystem,
      containerRuntimeVersion: `${engine.name}://${engine.version}`,
      kubeletVersion: kubernetesVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: engine.architecture,
    },
    conditions: conditions(pressure, old?.conditions, now),
    images: images
      .filter(({ names }) => names.length)
      .sort((a, b) => b.sizeBytes - a.sizeBytes || ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1))
      .slice(0, maxImages)
      .map(({ names, sizeBytes }) => ({ names, sizeBytes })),
  };
}

/** Resources that others declared on the node (`example.com/gpu`): not the agent's to take away. */
function extended(list: Record<string, string | number> | undefined): Record<string, string | number> {
  return Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => name.includes('/')));
}

/** Kubernetes' own words, which tools look for. */
const words: Record<'memory' | 'disk' | 'pid', [type: string, pressed: [string, string], fine: [string, string]]> = {
  memory: [
    'MemoryPressure',
    ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
    ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ],
  disk: [
    'DiskPressure',
    ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
    ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ],
  pid: [
    'PIDPressure',
    ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ],
};

function conditions(pressure: NodePressure, old: NodeCondition[] | undefined, now: number): NodeCondition[] {
  const condition = (type: string, holds: boolean, [reason, message]: [string, string]): NodeCondition => {
    const status = holds ? 'True' : 'False';
    const before = old?.find((each) => each.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: rfc3339(now),
      lastTransitionTime: since ?? rfc3339(now),
    };
  };
  const { notReady } = pressure;
  return [
    ...(['memory', 'disk', 'pid'] as const).map((what) => {
      const [type, pressed, fine] = words[what];
      return condition(type, pressure[what], pressure[what] ? pressed : fine);
    }),
    notReady === undefined
      ? condition('Ready', true, ['KubeletReady', 'kubelet is posting ready status'])
      : condition('Ready', false, ['KubeletNotReady', notReady]),
  ];
}

/** The ids of the machine and of this boot. */
export function systemIds(): NodeMachine['system'] {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return '';
    }
  };
  return {
    machineID: read('/etc/machine-id') || os.hostname(),
    systemUUID: read('/sys/class/dmi/id/product_uuid'),
    bootID: read('/proc/sys/kernel/random/boot_id'),
  };
}
