import { toleratesTaint } from '../../kube/taints';
import { taints } from '../../kube/well-known';
import type { FilterPlugin } from '../plugin';

const reasonUnschedulable = 'node(s) were unschedulable';

/** A cordoned node takes no pod, but those that tolerate the taint it stands for. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  filter({ pod }) {
    const taint = { key: taints.unschedulable, effect: 'NoSchedule' };
    if (toleratesTaint(pod.spec?.tolerations, taint)) return undefined;
    return ({ node }) => (node.spec?.unschedulable ? [reasonUnschedulable] : undefined);
  },
};
