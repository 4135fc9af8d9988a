import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler';
import { horizontalPodAutoscalerV1Kind } from './horizontal-pod-autoscaler-v1';

export const autoscalingKinds: readonly Kind[] = [
  anyKind(horizontalPodAutoscalerKind),
  anyKind(horizontalPodAutoscalerV1Kind),
];
