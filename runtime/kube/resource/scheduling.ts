import type { PriorityClass } from '../generated/types';
import { resource } from './resource';

export const priorityClasses = resource<PriorityClass>(
  'scheduling.k8s.io/v1',
  'PriorityClass',
  'priorityclasses',
  false,
);
