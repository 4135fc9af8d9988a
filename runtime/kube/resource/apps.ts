import type { Deployment, ReplicaSet } from '../generated/types';
import { resource } from './resource';

export const deployments = resource<Deployment>('apps/v1', 'Deployment', 'deployments');
export const replicaSets = resource<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets');
