import type { Pod } from '../../../kube/generated/types';
import { pods } from '../../../kube/resource';
import { type AdmissionPlugin, refuse, writes } from '../plugin';

/** Every pod runs as a service account of its namespace: `default` unless it names one. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(request) {
    const { operation, namespace = '', lookups } = request;
    const spec = (request.object as Pod | undefined)?.spec;
    if (operation !== 'CREATE' || !writes(request, pods) || !spec) return;
    const name = spec.serviceAccountName || 'default';
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = lookups.serviceAccount(namespace, name);
    if (account === 'missing') {
      const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
      throw refuse(request, why);
    }
    if (account === 'unknown' || spec.imagePullSecrets?.length || !account.imagePullSecrets?.length) return;
    spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
  },
};
