import type { Pod } from '../../kube/generated/types';
import { type AdmissionPlugin, refuse, writesPod } from './plugin';

/** Every pod runs as a service account of its namespace: `default` unless it names one. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit(request) {
    const { operation, namespace = '', lookups } = request;
    const spec = (request.object as Pod | undefined)?.spec;
    if (operation !== 'CREATE' || !writesPod(request) || !spec) return;
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
