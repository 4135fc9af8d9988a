import { namespaces } from '../../../kube/resource';
import { StatusError } from '../../../kube/status-error';
import { namespaceNames } from '../../../kube/well-known';
import { type AdmissionPlugin, type AdmissionRequest, isOf, refuse } from '../plugin';

const immortal: readonly string[] = [namespaceNames.default, namespaceNames.system, namespaceNames.public];

/** Nothing new in a namespace that is not there or is going; the system's namespaces stay. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  mutate(request) {
    const { operation, resource, name, namespace, lookups } = request;
    if (isOf(request, namespaces)) {
      if (operation === 'DELETE' && immortal.includes(name)) throw refuse(request, 'this namespace may not be deleted');
      return;
    }
    if (operation !== 'CREATE' || !resource.namespaced || !namespace || asksAboutAccess(request)) return;
    const found = lookups.get(namespaces, { name: namespace });
    if (found === 'missing') throw noNamespace(namespace);
    if (found !== 'unknown' && found.metadata.deletionTimestamp) throw terminating(request, namespace);
  },
};

/** A question about rights is answered whatever becomes of the namespace. */
function asksAboutAccess({ resource }: AdmissionRequest): boolean {
  return resource.group === 'authorization.k8s.io' && resource.plural === 'localsubjectaccessreviews';
}

function noNamespace(namespace: string): StatusError {
  const message = `namespaces ${JSON.stringify(namespace)} not found`;
  return new StatusError('NotFound', message, { name: namespace, kind: 'namespaces' });
}

function terminating(request: AdmissionRequest, namespace: string): StatusError {
  return refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}
