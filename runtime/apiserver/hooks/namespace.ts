import type { Namespace } from '../../kube/generated/types';
import type { KindHooks } from '../registry/context';

/** A namespace stays while `spec.finalizers` holds it: its controller empties it first, then lets it go. */
export const namespaceHooks: KindHooks = {
  returnsDeleted: true,
  holds: (object) => Boolean((object as unknown as Namespace).spec?.finalizers?.length),
  markDeleted(object) {
    const namespace = object as unknown as Namespace;
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },
};
