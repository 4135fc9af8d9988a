import type { ContainerEngine } from '../../engine/engine';
import type { Pod, PodStatus, Service } from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import type { NodeNetwork } from '../../network/network';
import type { Clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { Checker } from '../probes/checker';
import type { DownwardContext } from '../spec/field-ref';
import type { PodObjects } from '../spec/objects';
import type { VolumeManager } from '../volumes/volume-manager';
import type { ImagePuller } from './image-puller';

/** What a node offers its pods. */
export interface NodeFacts {
  name: string;
  ip: string;
  memoryBytes: number;
  allocatable: Record<string, string | number>;
  clusterDomain: string;
  /** Text of a pod's /etc/resolv.conf. */
  resolvConf(pod: Pod): string;
}

/** Everything that a pod's worker works with; one for all pods of an agent. */
export interface PodContext {
  engine: ContainerEngine;
  engineName: string;
  network: Pick<NodeNetwork, 'attach' | 'detach'>;
  volumes: VolumeManager;
  images: ImagePuller;
  objects: PodObjects;
  services(): Service[];
  check: Checker;
  node: NodeFacts;
  clock: Clock;
  logger: Logger;
  /** Keeps the server's status of a pod as this says; never fails. `soon` may wait for what comes next. */
  reportStatus(pod: Pod, status: PodStatus, urgency: 'now' | 'soon'): unknown;
  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
  /** Deletes the pod from the server, for good. Rejects when the server cannot be reached. */
  deletePod(pod: Pod): Promise<void>;
}

export function downwardContext({ node }: PodContext, podIp: string | undefined): DownwardContext {
  return { podIp, hostIp: node.ip, nodeName: node.name, allocatable: node.allocatable };
}
