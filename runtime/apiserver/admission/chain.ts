import { namespaceLifecycle } from './namespace-lifecycle';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';
import { priority } from './priority';
import { serviceAccount } from './service-account';

/**
 * The plug-ins, in the order in which every write passes them. It is Kubernetes' order, so those that are not here have
 * their place:
 *
 * 1. NamespaceLifecycle
 * 2. LimitRanger: after the namespace is known to be there, before anything counts resources
 * 3. ServiceAccount
 * 4. NodeRestriction: the API server's own authorizer of nodes
 * 5. PodSecurity: once the pod is complete but for its priority
 * 6. Priority
 * 7. ResourceQuota: last, and after validation, since what it counts must really be stored
 *
 * DefaultTolerationSeconds is left out on purpose: its 300 s would keep a lost node's pods for five minutes, where a
 * pod here is replaced at once unless it tolerates the loss itself.
 */
export const admissionPlugins: readonly AdmissionPlugin[] = [namespaceLifecycle, serviceAccount, priority];

/** Passes a write through all plug-ins. @throws StatusError from the first that refuses it */
export function admit(request: AdmissionRequest): void {
  for (const plugin of admissionPlugins) plugin.admit(request);
}
