import type { HorizontalPodAutoscaler } from '../generated/types';
import { resource } from './resource';

export const horizontalPodAutoscalers = resource<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);
