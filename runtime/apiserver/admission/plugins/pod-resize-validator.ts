import type { Node, Pod } from '../../../kube/generated/types';
import { podRequests } from '../../../kube/pod-resources';
import { compareQuantities, quantityMilliValue, quantityValue } from '../../../kube/quantity';
import { nodes, pods } from '../../../kube/resource';
import { labels } from '../../../kube/well-known';
import { type AdmissionPlugin, isOf, refuse } from '../plugin';

/** A pod that runs on a node asks for no more than the node has. */
export const podResizeValidator: AdmissionPlugin = {
  name: 'PodResizeValidator',
  validate(request) {
    const { subresource, object, oldObject, lookups } = request;
    if (!isOf(request, pods) || subresource !== 'resize' || !object) return;
    if (object.metadata.generation === oldObject?.metadata.generation) return;
    const pod = object as unknown as Pod;
    const name = pod.spec?.nodeName;
    const node = name ? lookups.get(nodes, { name }) : 'unknown';
    if (node === 'unknown') return;
    if (node === 'missing') throw refuse(request, `node ${JSON.stringify(name)} not found`);
    const os = node.metadata.labels?.[labels.os] ?? 'linux';
    if (os !== 'linux') {
      const why = `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(os)}`;
      throw refuse(request, why, [{ reason: 'UnsupportedPlatform' }]);
    }
    const excess = excessOf(pod, node);
    if (excess.length === 0) return;
    const why = `node didn't have enough allocatable resources: ${excess.join('; ')}`;
    throw refuse(request, why, [{ reason: 'NodeCapacity' }]);
  },
};

/** What the pod would ask for that the node has not. */
function excessOf(pod: Pod, { status }: Node): string[] {
  const requests = podRequests(pod);
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const [requested, allocatable] = [requests[resource] ?? 0, status?.allocatable?.[resource] ?? 0];
    if (compareQuantities(requested, allocatable) <= 0) return [];
    const count = resource === 'cpu' ? quantityMilliValue : quantityValue;
    return [`${resource}, requested: ${count(requested)}, allocatable: ${count(allocatable)}`];
  });
}
