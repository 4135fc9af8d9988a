import type { TokenIssuer } from '../auth/tokens/issuer';
import { requestToken } from '../auth/tokens/token-request';
import type { KindHooks } from '../registry/context';

/** Makes the tokens of a ServiceAccount. */
export function serviceAccountHooks(issuer: TokenIssuer): KindHooks {
  return {
    posts: { token: (context, target, body, request) => requestToken(context, issuer, target, body, request) },
    returnsDeleted: true,
  };
}
