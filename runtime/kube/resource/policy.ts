import type { PodDisruptionBudget } from '../generated/types';
import { resource } from './resource';

export const podDisruptionBudgets = resource<PodDisruptionBudget>(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);
