import type { Job } from '../../kube/generated/types';
import { generateJobSelector } from '../../kube/kinds/batch/job';
import type { KindHooks } from '../registry/context';

/** A new Job gets its selector here, since it is made of the uid that only the server gives. */
export const jobHooks: KindHooks = {
  async beforeCreate(object) {
    generateJobSelector(object as unknown as Job);
    return undefined;
  },
};
