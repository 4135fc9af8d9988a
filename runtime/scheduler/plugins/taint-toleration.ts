import { toleratesTaint, untoleratedTaint } from '../../kube/taints';
import { type FilterPlugin, normalize, type ScorePlugin } from '../plugin';

function reasonTaint(taint: { key: string; value?: string }): string {
  return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
}

/** NoSchedule and NoExecute taints keep a pod off unless it tolerates them; PreferNoSchedule ones count against. */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  filter({ pod }) {
    const tolerations = pod.spec?.tolerations;
    return ({ taints }) => {
      if (taints.length === 0) return undefined;
      const taint = untoleratedTaint(taints, tolerations);
      return taint && [reasonTaint(taint)];
    };
  },
  score({ pod }, feasible) {
    const tolerations = pod.spec?.tolerations;
    const intolerable = feasible.map(
      ({ taints }) =>
        taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaint(tolerations, taint)).length,
    );
    return intolerable.some((count) => count > 0) ? normalize(intolerable, true) : undefined;
  },
};
