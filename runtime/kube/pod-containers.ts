import type { Container, EphemeralContainer, PodSpec } from './generated/types';

/** A container of any kind: what rules about all of them may look at. */
export type AnyContainer = Container | EphemeralContainer;

export interface ContainerVisit {
  container: AnyContainer;
  type: 'init' | 'normal' | 'ephemeral';
  /** Its path from the spec: `initContainers[0]`. */
  field: string;
}

/**
 * Every container of a pod, whatever its kind. A rule about containers goes through this one list, so that none can
 * be forgotten.
 */
export function* visitContainers(spec: PodSpec | undefined): Generator<ContainerVisit> {
  for (const [i, container] of (spec?.initContainers ?? []).entries()) {
    yield { container, type: 'init', field: `initContainers[${i}]` };
  }
  for (const [i, container] of (spec?.containers ?? []).entries()) {
    yield { container, type: 'normal', field: `containers[${i}]` };
  }
  for (const [i, container] of (spec?.ephemeralContainers ?? []).entries()) {
    yield { container, type: 'ephemeral', field: `ephemeralContainers[${i}]` };
  }
}
