import type { Binding, Eviction, Pod } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import type { KindHooks } from '../registry/context';
import { evictPod } from '../registry/eviction';
import { made, objectOf } from '../registry/post';
import { bindPod } from '../registry/subresources';

const defaultGraceSeconds = 30;

/**
 * A pod goes at once while it runs nowhere; else its node's agent stops it within the grace period and finishes the
 * deletion by one with grace 0.
 */
export const podHooks: KindHooks = {
  posts: {
    async binding(context, target, body, request) {
      await bindPod(context, target, objectOf<Binding>(body), request);
      return made;
    },
    async eviction(context, target, body, request) {
      await evictPod(context, target, objectOf<Eviction>(body), request);
      return made;
    },
  },
  returnsDeleted: true,
  deletionGrace(object: AnyObject, requested: number | undefined): number {
    const { spec, status } = object as unknown as Pod;
    if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
    const grace = requested ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
    // A negative grace of a spec means "as soon as can be", which is not the same as without asking the agent.
    return grace < 0 ? 1 : grace;
  },
};
