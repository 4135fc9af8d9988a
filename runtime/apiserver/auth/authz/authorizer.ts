import type { ResourceInfo } from '../../http/request-info';
import { mastersGroup, type User } from '../user';

/** What somebody wants to do, as authorizers see it: a request's, or what a SubjectAccessReview asks about. */
export interface Attributes {
  /** get, list, watch, create, update, patch, delete, deletecollection, or a verb of its own such as `bind`. */
  verb: string;
  /** Of what is no resource, the URL's path. */
  path: string;
  resource?: ResourceInfo;
  /** The query that selectors stand in. */
  query?: URLSearchParams;
}

/** `reason` says by what it is allowed, or why not; it may be empty. */
export interface Decision {
  allowed: boolean;
  reason: string;
}

/** Says whether a user may do something, from what is known at once. One that does not allow leaves it to the next. */
export interface Authorizer {
  authorize(user: User, attributes: Attributes): Decision;
}

/** Lets members of `system:masters` do everything, whatever else is known of them. */
export const masters: Authorizer = {
  authorize: ({ groups }) => ({ allowed: groups.includes(mastersGroup), reason: '' }),
};

/** Allows what one of several authorizers allows; else gives the reasons of all. */
export function anyOf(...authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(user, attributes) {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(user, attributes);
        if (decision.allowed) return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return { allowed: false, reason: reasons.join(', ') };
    },
  };
}
