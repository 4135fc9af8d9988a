import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../../kube/generated/types';
import { secrets } from '../../../kube/resource';
import { annotations, namespaceNames, secretTypes } from '../../../kube/well-known';
import type { Clock } from '../../../util/clock';
import { objectKey, resourcePrefix } from '../../registry/store-key';
import type { Cache } from '../../watch/cache';
import { authenticatedGroup, bootstrappersGroup } from '../user';
import { type TokenAuthenticator, TokenError, type TokenIdentity } from './authenticator';

/** A bootstrap token's Secret, that the token shown fits. */
export interface BootstrapToken {
  id: string;
  secret: Secret;
  key: string;
  revision: number;
}

interface Parts {
  cache: Cache;
  clock: Clock;
}

/** `id.secret`, as the API takes it. */
export const bootstrapTokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** The Secret of a bootstrap token, if there is such a one for authentication, the token is right and not expired. */
export async function findBootstrapToken({ cache, clock }: Parts, token: string): Promise<BootstrapToken | undefined> {
  const [, id = '', text = ''] = bootstrapTokenForm.exec(token) ?? [];
  if (!id) return undefined;
  await cache.fresh();
  const key = objectKey(secrets, namespaceNames.system, `bootstrap-token-${id}`);
  const stored = cache.resource(resourcePrefix(secrets)).get(key);
  const secret = stored?.object as unknown as Secret | undefined;
  if (!stored || secret?.type !== secretTypes.bootstrapToken || secret.metadata.deletionTimestamp) return undefined;
  const expected = Buffer.from(fieldOf(secret, 'token-secret'));
  if (expected.length !== text.length || !timingSafeEqual(expected, Buffer.from(text))) return undefined;
  if (fieldOf(secret, 'token-id') !== id) return undefined;
  if (fieldOf(secret, 'usage-bootstrap-authentication') !== 'true') return undefined;
  const expiration = fieldOf(secret, 'expiration');
  if (expiration && !(Date.parse(expiration) > clock.now())) return undefined;
  return { id, secret, key, revision: stored.revision };
}

/**
 * Bootstrap tokens as Kubernetes knows them: `system:bootstrap:<id>` in `system:bootstrappers`. One that is bound to a
 * node's name is good for that node's join alone, and authenticates nobody here.
 */
export class BootstrapTokens implements TokenAuthenticator {
  constructor(private readonly parts: Parts) {}

  async identify(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    if (!bootstrapTokenForm.test(token)) return undefined;
    const found = await findBootstrapToken(this.parts, token);
    if (!found || found.secret.metadata.annotations?.[annotations.nodeName])
      throw new TokenError('invalid bearer token');
    const extra = fieldOf(found.secret, 'auth-extra-groups')
      .split(',')
      .filter((group) => groupForm.test(group));
    const groups = [...new Set([bootstrappersGroup, ...extra, authenticatedGroup])];
    return { user: { name: `system:bootstrap:${found.id}`, groups }, audiences: [...audiences] };
  }
}

function fieldOf(secret: Secret, name: string): string {
  return Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
}
