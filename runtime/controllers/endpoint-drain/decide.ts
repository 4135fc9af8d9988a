import type { EndpointSlice, Lease, Node, Pod } from '../../kube/generated/types';
import { isConditionTrue } from '../../kube/pod-status';
import { annotations } from '../../kube/well-known';

/**
 * The slices from which a pod is still served, and the revisions at which it left the others.
 * `pending` is true while a Service that selects the pod has not marked it as terminating in any slice.
 */
export function leftSlices(
  pod: Pod,
  slicesOfServices: ReadonlyArray<readonly EndpointSlice[]>,
): { pending: boolean; left: Map<string, bigint> } {
  const left = new Map<string, bigint>();
  let pending = false;
  for (const slices of slicesOfServices) {
    let marked = false;
    for (const slice of slices) {
      const endpoint = slice.endpoints?.find(({ targetRef }) => targetRef?.uid === pod.metadata.uid);
      if (!endpoint) continue;
      if (endpoint.conditions?.terminating) {
        marked = true;
        left.set(slice.metadata.uid ?? '', BigInt(slice.metadata.resourceVersion ?? 0));
      } else {
        pending = true;
      }
    }
    pending ||= !marked;
  }
  return { pending, left };
}

/** Whether the proxy of every Ready node has programmed `revision`. */
export function proxiesHave(
  revision: bigint,
  nodes: readonly Node[],
  leaseOf: (nodeName: string) => Lease | undefined,
): boolean {
  return nodes
    .filter((node) => isConditionTrue(node, 'Ready'))
    .every((node) => programmed(leaseOf(node.metadata.name ?? '')) >= revision);
}

function programmed(lease: Lease | undefined): bigint {
  const text = lease?.metadata.annotations?.[annotations.endpointsRevision] ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}
