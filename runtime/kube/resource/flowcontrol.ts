import type { FlowSchema, PriorityLevelConfiguration } from '../generated/types';
import { resource } from './resource';

const group = 'flowcontrol.apiserver.k8s.io/v1';

export const flowSchemas = resource<FlowSchema>(group, 'FlowSchema', 'flowschemas', false);
export const priorityLevelConfigurations = resource<PriorityLevelConfiguration>(
  group,
  'PriorityLevelConfiguration',
  'prioritylevelconfigurations',
  false,
);
