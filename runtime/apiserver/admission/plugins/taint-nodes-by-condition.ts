import type { Node } from '../../../kube/generated/types';
import { nodes } from '../../../kube/resource';
import { taints } from '../../../kube/well-known';
import { type AdmissionPlugin, writes } from '../plugin';

/** No pod is put on a new node before the node says that it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(request) {
    if (request.operation !== 'CREATE' || !writes(request, nodes) || !request.object) return;
    const node = request.object as unknown as Node;
    const present = node.spec?.taints ?? [];
    const taint = { key: taints.notReady, effect: 'NoSchedule' };
    if (present.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return;
    node.spec = { ...node.spec, taints: [...present, taint] };
  },
};
