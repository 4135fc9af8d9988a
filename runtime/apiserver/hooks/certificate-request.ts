import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import { type Clock, rfc3339 } from '../../util/clock';
import type { KindHooks } from '../registry/context';

/** Writes into a certificate request who made it, and when its conditions changed. */
export function certificateRequestHooks(clock: Clock): KindHooks {
  return {
    async beforeCreate(object, { user }) {
      const { spec } = object as unknown as CertificateSigningRequest;
      Object.assign(spec, { username: user.name, groups: [...user.groups] });
      return undefined;
    },
    async beforeUpdate(object: AnyObject, old: AnyObject) {
      const before = (old as unknown as CertificateSigningRequest).status?.conditions ?? [];
      const now = rfc3339(clock.now());
      for (const condition of (object as unknown as CertificateSigningRequest).status?.conditions ?? []) {
        stamp(condition, before, now);
      }
      return undefined;
    },
  };
}

/** A condition keeps the time of its last transition as long as its status is the same. */
function stamp(
  condition: CertificateSigningRequestCondition,
  before: readonly CertificateSigningRequestCondition[],
  now: string,
): void {
  condition.lastUpdateTime ??= now;
  if (condition.lastTransitionTime) return;
  const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
  condition.lastTransitionTime = same?.lastTransitionTime ?? now;
}
