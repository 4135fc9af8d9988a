import type { Clock } from '../../util/clock';
import type { KindHooks, RegistryContext } from '../registry/context';
import { Authentication } from './authn/authenticator';
import { BootstrapTokens } from './authn/bootstrap-token';
import { Authorization } from './authz/authorization';
import { anyOf, masters } from './authz/authorizer';
import { NodeAuthorizer } from './authz/node/authorizer';
import { CachedNodeFacts } from './authz/node/graph';
import { openPaths } from './authz/open-paths';
import { RbacAuthorizer } from './authz/rbac/authorizer';
import { cachedPolicy } from './authz/rbac/cached-policy';
import { bindingHooks, roleHooks } from './authz/rbac/escalation';
import type { RbacPolicy } from './authz/rbac/policy';
import { certificateHooks } from './certificates/hooks';
import { reviewHooks } from './reviews/hooks';
import { TokenIssuer } from './tokens/issuer';
import { createTokenKey } from './tokens/keys';
import { ServiceAccountTokens } from './tokens/service-account-tokens';

export interface AccessOptions {
  /** Keys of service-account tokens (PKCS#8, PEM): the first signs, all verify. @default one that is lost with the process */
  tokenKeys?: readonly string[];
  /** Who service-account tokens say they come from, and whom they are for unless they name others. */
  issuer: string;
}

/** Everything that decides who somebody is and what he may, over one cache. */
export interface Access {
  authentication: Authentication;
  authorization: Authorization;
  issuer: TokenIssuer;
  rbac: RbacAuthorizer;
  policy: RbacPolicy;
}

/** Authenticators and authorizers in their order: administrators, what is open, nodes, RBAC. */
export function createAccess(
  { cache, clock, uid }: Pick<RegistryContext, 'cache' | 'clock' | 'uid'>,
  { tokenKeys, issuer: url }: AccessOptions,
): Access {
  const issuer = new TokenIssuer({ keys: tokenKeys ?? [createTokenKey()], issuer: url, clock, uid });
  const tokens = [new ServiceAccountTokens({ issuer, cache, clock }), new BootstrapTokens({ cache, clock })];
  const policy = cachedPolicy(cache);
  const rbac = new RbacAuthorizer(policy);
  const node = new NodeAuthorizer(new CachedNodeFacts(cache));
  return {
    authentication: new Authentication({ clock, tokens, audiences: [url] }),
    authorization: new Authorization(anyOf(masters, openPaths, node, rbac), cache),
    issuer,
    rbac,
    policy,
  };
}

/** What access control adds to the registry: reviews are answered, and nobody gives away what he does not have. */
export function accessHooks(access: Access, clock: Clock): Record<string, KindHooks> {
  return {
    'certificates.k8s.io/certificatesigningrequests': certificateHooks({ ...access, clock }),
    ...reviewHooks(access),
    'rbac.authorization.k8s.io/roles': roleHooks(access, 'roles'),
    'rbac.authorization.k8s.io/clusterroles': roleHooks(access, 'clusterroles'),
    'rbac.authorization.k8s.io/rolebindings': bindingHooks(access, 'rolebindings'),
    'rbac.authorization.k8s.io/clusterrolebindings': bindingHooks(access, 'clusterrolebindings'),
  };
}
