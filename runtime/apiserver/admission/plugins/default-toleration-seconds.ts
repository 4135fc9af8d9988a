import type { Pod, Toleration } from '../../../kube/generated/types';
import { pods } from '../../../kube/resource';
import { taints } from '../../../kube/well-known';
import { type AdmissionPlugin, isOf } from '../plugin';

/** Seconds for which a pod stays on a node that is lost or not ready, where it says nothing of that. */
const seconds = 300;

/** Lets a pod stay for a while on a node that is lost, unless it says itself for how long. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(request) {
    const spec = (request.object as Pod | undefined)?.spec;
    if (!isOf(request, pods) || request.subresource || !spec) return;
    for (const key of [taints.notReady, taints.unreachable]) {
      if (spec.tolerations?.some((toleration) => tolerates(toleration, key))) continue;
      const added = { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds };
      spec.tolerations = [...(spec.tolerations ?? []), added];
    }
  },
};

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
