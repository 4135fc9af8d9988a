import type { PodSpec } from '../../../../kube/generated/types';
import { podLimits, podRequests } from '../../../../kube/pod-resources';
import type { Asked } from './constraints';

/** What a pod asks for as a whole, its overhead not counted. */
export function podTotals(spec: PodSpec | undefined): Asked {
  const pod = { spec: { containers: [], ...spec, overhead: undefined } };
  return { requests: podRequests(pod), limits: podLimits(pod) };
}
