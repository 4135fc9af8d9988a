import type { Container, Pod, PodSpec } from '../../../../../runtime/kube/generated/types';

/** Changes to the minimal pod, to its spec, and to its one container. */
export const onSpec = (change: (spec: PodSpec) => unknown) => (pod: Pod) => void change(pod.spec as PodSpec);
export const onApp = (change: (container: Container) => unknown) =>
  onSpec((spec) => change(spec.containers[0] as Container));

export const set =
  <T extends object>(values: Partial<T>) =>
  (object: T) =>
    Object.assign(object, values);

export const app = 'spec.containers[0]';
