import type { CertificateSigningRequest } from '../../../kube/generated/types';
import { certificateSigningRequests } from '../../../kube/resource';
import { equalJson } from '../../../kube/schema-engine';
import { type Clock, rfc3339 } from '../../../util/clock';
import type { KindHooks } from '../../registry/context';
import { forbidden } from '../../registry/errors';
import type { Authorization } from '../authz/authorization';
import type { User } from '../user';

interface Parts {
  authorization: Authorization;
  clock: Clock;
}

/** A signing request says who makes it; approving and signing it take the right to, for its signer. */
export function certificateHooks({ authorization, clock }: Parts): KindHooks {
  const must = async (verb: 'approve' | 'sign', user: User, { metadata, spec }: CertificateSigningRequest) => {
    const { signerName = '' } = spec ?? {};
    const domain = signerName.split('/', 1)[0];
    for (const name of [signerName, `${domain}/*`]) {
      const resource = { group: certificateSigningRequests.group, version: 'v1', plural: 'signers', name };
      if ((await authorization.decide(user, { verb, path: '', resource })).allowed) return;
    }
    const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`;
    throw forbidden(certificateSigningRequests, metadata.name ?? '', why);
  };
  return {
    async beforeCreate(object, { user }) {
      const { spec } = object as unknown as CertificateSigningRequest;
      if (!spec) return undefined;
      spec.username = user.name;
      spec.groups = user.groups;
      if (user.uid) spec.uid = user.uid;
      if (user.extra) spec.extra = user.extra;
      return undefined;
    },
    async beforeUpdate(object, old, { user }) {
      const [now, before] = [object, old] as unknown as [CertificateSigningRequest, CertificateSigningRequest];
      stamp(now, before, rfc3339(clock.now()));
      const changed = (...types: string[]) => !equalJson(conditionsOf(now, types), conditionsOf(before, types));
      if (changed('Approved', 'Denied')) await must('approve', user, now);
      const signed = (now.status?.certificate ?? '') !== (before.status?.certificate ?? '');
      if (signed || changed('Failed')) await must('sign', user, now);
      return undefined;
    },
  };
}

/** Conditions carry when they came, whoever wrote them. */
function stamp({ status }: CertificateSigningRequest, before: CertificateSigningRequest, now: string): void {
  for (const condition of status?.conditions ?? []) {
    const same = before.status?.conditions?.find(
      ({ type, status: was }) => type === condition.type && was === condition.status,
    );
    condition.lastUpdateTime ??= same?.lastUpdateTime ?? now;
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
  }
}

function conditionsOf({ status }: CertificateSigningRequest, types: string[]) {
  return (status?.conditions ?? []).filter(({ type }) => types.includes(type));
}
