import type { ObjectMeta, Secret } from '../../../kube/generated/types';
import { nodes, pods, type Resource, secrets, serviceAccounts } from '../../../kube/resource';
import { secretTypes } from '../../../kube/well-known';
import type { Clock } from '../../../util/clock';
import { objectKey, resourcePrefix } from '../../registry/store-key';
import type { Cache } from '../../watch/cache';
import { type TokenAuthenticator, TokenError, type TokenIdentity } from '../authn/authenticator';
import { authenticatedGroup, serviceAccountGroups, serviceAccountUserName, type User } from '../user';
import type { Bound, SignedToken, TokenIssuer } from './issuer';

/** How long after an object began to end its tokens still hold, as in Kubernetes. */
const deletionLeewayMs = 60_000;

const extraPrefix = 'authentication.kubernetes.io/';

/** Tokens of service accounts: good as long as the account and the object that they are bound to are there. */
export class ServiceAccountTokens implements TokenAuthenticator {
  constructor(private readonly parts: { issuer: TokenIssuer; cache: Cache; clock: Clock }) {}

  async identify(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> {
    const { issuer, cache, clock } = this.parts;
    if (!issuer.claimsToBeOurs(token)) return undefined;
    let signed: SignedToken;
    try {
      signed = await issuer.verify(token);
    } catch {
      throw new TokenError('invalid bearer token');
    }
    const now = clock.now() / 1000;
    if (signed.expiresAt !== undefined && now >= signed.expiresAt)
      throw new TokenError('service account token has expired');
    // A clock that lags a little accepts what was made just now.
    if (signed.notBefore !== undefined && now < signed.notBefore - 60) {
      throw new TokenError('service account token is not valid yet');
    }
    const shared = audiences.filter((each) => signed.audiences.includes(each));
    if (audiences.length > 0 && shared.length === 0) {
      throw new TokenError(
        `token audiences ${quote(signed.audiences)} is invalid for the target audiences ${quote(audiences)}`,
      );
    }
    try {
      this.checkObjects(signed, token);
    } catch (error) {
      // The cache may be behind what was made a moment ago, so that a refusal is looked at twice.
      if ((await cache.store.revision()) <= cache.revision) throw error;
      await cache.fresh();
      this.checkObjects(signed, token);
    }
    return { user: userOf(signed), audiences: [...shared] };
  }

  private checkObjects({ namespace, serviceAccount, pod, secret, node, expiresAt }: SignedToken, token: string): void {
    this.check(serviceAccounts, namespace, serviceAccount, 'service account');
    if (expiresAt === undefined) this.checkLegacySecret(namespace, secret?.name ?? '', token);
    else if (pod) this.check(pods, namespace, pod, 'pod');
    else if (secret) this.check(secrets, namespace, secret, 'secret');
    else if (node) this.check(nodes, undefined, node, 'node');
  }

  private check(
    resource: Pick<Resource, 'group' | 'plural' | 'namespaced'>,
    namespace: string | undefined,
    { name, uid }: Pick<Bound, 'name'> & Partial<Bound>,
    what: string,
  ): void {
    const metadata = this.metadataOf(resource, namespace, name);
    if (!metadata || metadata.uid !== uid) throw new TokenError(`the ${what} of the token is gone`);
    const ends = metadata.deletionTimestamp;
    if (ends && Date.parse(ends) + deletionLeewayMs < this.parts.clock.now()) {
      throw new TokenError(`the ${what} of the token has been deleted`);
    }
  }

  /** A legacy token is good as long as its Secret holds it. */
  private checkLegacySecret(namespace: string, name: string, token: string): void {
    const stored = this.parts.cache.resource(resourcePrefix(secrets)).get(objectKey(secrets, namespace, name));
    const secret = stored?.object as unknown as Secret | undefined;
    const held = Buffer.from(secret?.data?.token ?? '', 'base64').toString();
    if (secret?.type !== secretTypes.serviceAccountToken || secret.metadata.deletionTimestamp || held !== token) {
      throw new TokenError('the token has been invalidated');
    }
  }

  private metadataOf(
    resource: Pick<Resource, 'group' | 'plural' | 'namespaced'>,
    namespace: string | undefined,
    name: string,
  ): ObjectMeta | undefined {
    return this.parts.cache.resource(resourcePrefix(resource)).get(objectKey(resource, namespace, name))?.object
      .metadata;
  }
}

function userOf({ namespace, serviceAccount, pod, node, id }: SignedToken): User {
  const extra: Record<string, string[]> = {};
  const add = (name: string, value: string | undefined) => {
    if (value) extra[extraPrefix + name] = [value];
  };
  add('credential-id', id && `JTI=${id}`);
  add('node-name', node?.name);
  add('node-uid', node?.uid);
  add('pod-name', pod?.name);
  add('pod-uid', pod?.uid);
  return {
    name: serviceAccountUserName(namespace, serviceAccount.name),
    uid: serviceAccount.uid,
    groups: [...serviceAccountGroups(namespace), authenticatedGroup],
    ...(Object.keys(extra).length ? { extra } : {}),
  };
}

function quote(list: readonly string[]): string {
  return `[${list.map((each) => JSON.stringify(each)).join(' ')}]`;
}
