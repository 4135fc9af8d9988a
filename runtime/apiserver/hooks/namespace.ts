import type { Namespace } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { StatusError } from '../../kube/status-error';
import { namespaceNames } from '../../kube/well-known';
import type { KindHooks } from '../registry/context';

const permanent: readonly string[] = [namespaceNames.default, namespaceNames.system, namespaceNames.public];

/** A namespace stays while `spec.finalizers` holds it: its controller empties it first, then lets it go. */
export const namespaceHooks: KindHooks = {
  returnsDeleted: true,
  checkDelete({ metadata }: AnyObject) {
    if (!permanent.includes(metadata.name ?? '')) return;
    throw new StatusError(
      'Forbidden',
      `namespaces "${metadata.name}" is forbidden: this namespace may not be deleted`,
      {
        name: metadata.name,
        kind: 'namespaces',
      },
    );
  },
  holds: (object) => Boolean((object as unknown as Namespace).spec?.finalizers?.length),
  markDeleted(object) {
    const namespace = object as unknown as Namespace;
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },
};
