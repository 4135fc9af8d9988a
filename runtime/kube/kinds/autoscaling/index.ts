import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler';

export const autoscalingKinds: readonly Kind[] = [anyKind(horizontalPodAutoscalerKind)];
