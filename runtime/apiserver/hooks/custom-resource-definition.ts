import { cleanupFinalizer, definitionConditions } from '../../kube/custom';
import type { CustomResourceDefinition } from '../../kube/generated/types';
import type { Clock } from '../../util/clock';
import { rfc3339 } from '../../util/clock';
import { withCondition } from '../custom/conditions';
import type { KindHooks } from '../registry/context';

/** A definition that is deleted stays until its objects are gone, and says so. */
export function definitionHooks(clock: Clock): KindHooks {
  return {
    deletionFinalizers: [cleanupFinalizer],
    markDeleted(object) {
      const definition = object as unknown as CustomResourceDefinition;
      const condition = {
        type: definitionConditions.terminating,
        status: 'True',
        reason: 'InstanceDeletionPending',
        message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      };
      const conditions = withCondition(definition.status?.conditions ?? [], condition, rfc3339(clock.now()));
      definition.status = { ...definition.status, conditions };
    },
  };
}
