import type {
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
  TokenReview,
  TokenReviewStatus,
  UserInfo,
} from '../../../kube/generated/types';
import type { AnyObject } from '../../../kube/object';
import { StatusError } from '../../../kube/status-error';
import type { KindHooks } from '../../registry/context';
import { type Authentication, TokenError } from '../authn/authenticator';
import type { Authorization } from '../authz/authorization';
import type { Attributes } from '../authz/authorizer';
import type { RbacAuthorizer } from '../authz/rbac/authorizer';
import { nodeNameOf, type User } from '../user';
import { attributesOf } from './attributes';

export interface ReviewParts {
  authentication: Authentication;
  authorization: Authorization;
  rbac: RbacAuthorizer;
}

/** The answers of the reviews, by resource. */
export function reviewHooks(parts: ReviewParts): Record<string, KindHooks> {
  const { authentication, authorization, rbac } = parts;
  const access = async (user: User, attributes: Attributes): Promise<SubjectAccessReviewStatus> => {
    const { allowed, reason } = await authorization.decide(user, attributes);
    return { allowed, ...(reason ? { reason } : {}) };
  };
  const ofSubject: KindHooks = {
    async answer(object) {
      const { spec } = object as unknown as SubjectAccessReview;
      const user = userOf(spec);
      return withStatus(object, await access(user, attributesOf(spec)));
    },
  };
  return {
    'authorization.k8s.io/subjectaccessreviews': ofSubject,
    'authorization.k8s.io/localsubjectaccessreviews': ofSubject,
    'authorization.k8s.io/selfsubjectaccessreviews': {
      async answer(object, { user }) {
        const { spec } = object as unknown as SelfSubjectAccessReview;
        return withStatus(object, await access(user, attributesOf(spec)));
      },
    },
    'authorization.k8s.io/selfsubjectrulesreviews': {
      async answer(object, { user }) {
        const { spec } = object as unknown as SelfSubjectRulesReview;
        if (!spec.namespace) throw new StatusError('BadRequest', 'no namespace on request');
        return withStatus(object, rulesStatus(rbac, user, spec.namespace));
      },
    },
    'authentication.k8s.io/selfsubjectreviews': {
      answer: async (object, { user }) => withStatus(object, { userInfo: userInfo(user) }),
    },
    'authentication.k8s.io/tokenreviews': {
      answer: async (object) => withStatus(object, await tokenStatus(authentication, object as unknown as TokenReview)),
    },
  };
}

function withStatus(object: AnyObject, status: object): AnyObject {
  return { ...object, status };
}

function userOf({ user = '', uid, groups = [], extra }: SubjectAccessReview['spec']): User {
  return { name: user, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function userInfo({ name, uid, groups, extra }: User): UserInfo {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

async function tokenStatus(authentication: Authentication, { spec }: TokenReview): Promise<TokenReviewStatus> {
  if (!spec?.token) throw new StatusError('BadRequest', 'token is required for TokenReview in authentication');
  const asked = spec.audiences?.length ? spec.audiences : authentication.audiences;
  try {
    const { user, audiences } = await authentication.identify(spec.token, asked);
    return { authenticated: true, user: userInfo(user), audiences };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { user: {}, error: `[invalid bearer token, ${error.message}]` };
  }
}

/** What RBAC lets a user do. What a node may beside that depends on its pods, and is no list of rules. */
function rulesStatus(rbac: RbacAuthorizer, user: User, namespace: string) {
  const rules = rbac.rulesFor(user, namespace);
  const node = nodeNameOf(user) !== undefined;
  return {
    resourceRules: rules
      .filter(({ resources }) => resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: node,
    ...(node ? { evaluationError: 'node authorizer does not support user rule resolution' } : {}),
  };
}
