import type { Binding, Eviction, Pod } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { namespaces, serviceAccounts } from '../../kube/resource';
import { isObject } from '../../kube/schema-engine';
import { namespaceDefaults } from '../../kube/well-known';
import type { KindHooks, RegistryContext } from '../registry/context';
import { evictPod } from '../registry/eviction';
import { made, objectOf } from '../registry/post';
import { objectKey, resourcePrefix } from '../registry/store-key';
import { bindPod } from '../registry/subresources';

const defaultGraceSeconds = 30;
/** About as long as Kubernetes' server waits. */
const accountPatienceMs = 1_000;

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
  beforeAdmission: accountThere,
  returnsDeleted: true,
  deletionGrace(object: AnyObject, requested: number | undefined): number {
    const { spec, status } = object as unknown as Pod;
    if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
    const grace = requested ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
    // A negative grace of a spec means "as soon as can be", which is not the same as without asking the agent.
    return grace < 0 ? 1 : grace;
  },
};

/** A namespace gets its account a moment after it is made: a pod of the same moment waits for it. */
async function accountThere(context: RegistryContext, namespace: string | undefined, value: unknown): Promise<void> {
  const { cache, clock, lookups } = context;
  const account = { namespace, name: namespaceDefaults.serviceAccount };
  if (accountNameOf(value) !== account.name || lookups.get(serviceAccounts, account) !== 'missing') return;
  const found = lookups.get(namespaces, { name: namespace ?? '' });
  if (found === 'missing' || found === 'unknown' || found.metadata.deletionTimestamp) return;
  const key = objectKey(serviceAccounts, namespace, account.name);
  await new Promise<void>((resolve) => {
    const done = () => {
      timer.cancel();
      unsubscribe();
      resolve();
    };
    const timer = clock.after(accountPatienceMs, done);
    const unsubscribe = cache.resource(resourcePrefix(serviceAccounts)).subscribe((event) => {
      if (event.key === key && event.object) done();
    });
  });
}

function accountNameOf(value: unknown): unknown {
  const spec = isObject(value) && isObject(value.spec) ? value.spec : {};
  return spec.serviceAccountName || namespaceDefaults.serviceAccount;
}
