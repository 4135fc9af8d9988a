import type { PolicyRule } from '../../../../kube/generated/types';
import type { User } from '../../user';
import type { Attributes, Authorizer, Decision } from '../authorizer';
import type { RbacPolicy } from './policy';
import { ruleAllows } from './rules';

/** Allows what the roles bound to a user and its groups allow. */
export class RbacAuthorizer implements Authorizer {
  constructor(private readonly policy: RbacPolicy) {}

  authorize(user: User, attributes: Attributes): Decision {
    for (const grant of this.policy.grantsOf(user, attributes.resource?.namespace)) {
      for (const rule of grant.rules) {
        if (ruleAllows(rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${grant.description}` };
      }
    }
    return { allowed: false, reason: '' };
  }

  /** All rules that hold for a user, in a namespace or in the whole cluster. */
  rulesFor(user: User, namespace: string | undefined): PolicyRule[] {
    return [...this.policy.grantsOf(user, namespace)].flatMap(({ rules }) => rules);
  }
}
