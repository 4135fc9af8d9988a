import type { Clock } from '../../../util/clock';
import { readTokenKey, type TokenKey } from './keys';

/** Name and uid of an object that a token stands or falls with. */
export interface Bound {
  name: string;
  uid: string;
}

/** What a token says of its service account. */
export interface Claims {
  namespace: string;
  serviceAccount: Bound;
  pod?: Bound;
  secret?: Bound;
  /** Beside a pod: where it runs, the uid only of a node that was there when the token was made. */
  node?: Pick<Bound, 'name'> & Partial<Bound>;
}

export interface SignedToken extends Claims {
  audiences: string[];
  /** Seconds since the epoch; none of a legacy token, which ends with its Secret. */
  expiresAt?: number;
  notBefore?: number;
  /** The token's id; none of a legacy token. */
  id?: string;
}

/** The registered claims that are used here (RFC 7519), beside those of Kubernetes. */
interface Payload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  exp?: number;
  nbf?: number;
  iat?: number;
  jti?: string;
  [claim: string]: unknown;
}

/** It is ECMAScript modules alone; loaded with the first token. */
const jose = () => import('jose');

const legacyIssuer = 'kubernetes/serviceaccount';
const legacyPrefix = 'kubernetes.io/serviceaccount/';
/** Tokens whose signature was found right; what they say of objects is looked at each time. */
const keptTokens = 4096;

export interface TokenIssuerOptions {
  /** PEM; the first signs, all verify. */
  keys: readonly string[];
  /** URL under which clients know the issuer. */
  issuer: string;
  clock: Clock;
  uid(): string;
}

/** Signs the tokens of service accounts and checks signatures. Knows no object. */
export class TokenIssuer {
  private readonly keys: readonly TokenKey[];
  private readonly verified = new Map<string, SignedToken>();

  constructor(private readonly options: TokenIssuerOptions) {
    this.keys = options.keys.map(readTokenKey);
    if (this.keys.length === 0) throw new Error('service-account tokens need a key');
  }

  get issuer(): string {
    return this.options.issuer;
  }

  /** A token that is good for `seconds` from now. */
  async sign(claims: Claims, audiences: readonly string[], seconds: number): Promise<string> {
    const now = Math.floor(this.options.clock.now() / 1000);
    const { namespace, serviceAccount, ...bound } = claims;
    return this.signed({
      iss: this.issuer,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
      aud: [...audiences],
      exp: now + seconds,
      nbf: now,
      iat: now,
      jti: this.options.uid(),
      'kubernetes.io': { namespace, serviceaccount: serviceAccount, ...bound },
    });
  }

  /** A token without an end, for a Secret of type kubernetes.io/service-account-token. */
  async signLegacy({ namespace, serviceAccount, secret }: Claims): Promise<string> {
    return this.signed({
      iss: legacyIssuer,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
      [`${legacyPrefix}namespace`]: namespace,
      [`${legacyPrefix}secret.name`]: secret?.name,
      [`${legacyPrefix}service-account.name`]: serviceAccount.name,
      [`${legacyPrefix}service-account.uid`]: serviceAccount.uid,
    });
  }

  /** Whether the token says that it is one of ours. */
  claimsToBeOurs(token: string): boolean {
    const parts = token.split('.');
    if (parts.length !== 3) return false;
    try {
      const { iss } = JSON.parse(Buffer.from(parts[1] as string, 'base64url').toString('utf8')) as Payload;
      return iss === this.issuer || iss === legacyIssuer;
    } catch {
      return false;
    }
  }

  /** What a token says, once its signature is found right. Times are not looked at. @throws Error */
  async verify(token: string): Promise<SignedToken> {
    const known = this.verified.get(token);
    if (known) return known;
    const { jwtVerify } = await jose();
    const { payload } = await jwtVerify(token, ({ kid, alg }) => this.keyFor(kid, alg), {
      algorithms: ['ES256', 'RS256'],
      // Whoever keeps the result looks at the times.
      currentDate: new Date(0),
      clockTolerance: Number.MAX_SAFE_INTEGER,
    });
    const read = payload.iss === this.issuer ? readClaims(payload) : readLegacyClaims(payload, this.issuer);
    if (this.verified.size >= keptTokens) this.verified.delete(this.verified.keys().next().value as string);
    this.verified.set(token, read);
    return read;
  }

  /** `/openid/v1/jwks`. */
  async jwks(): Promise<unknown> {
    const { exportJWK } = await jose();
    const keys = this.keys.map(async ({ kid, alg, publicKey }) => ({
      use: 'sig',
      kid,
      alg,
      ...(await exportJWK(publicKey)),
    }));
    return { keys: await Promise.all(keys) };
  }

  /** `/.well-known/openid-configuration`. */
  discovery(jwksUri: string): unknown {
    return {
      issuer: this.issuer,
      jwks_uri: jwksUri,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.keys.map(({ alg }) => alg))],
    };
  }

  private async signed(payload: Payload): Promise<string> {
    const { SignJWT } = await jose();
    const { alg, kid, privateKey } = this.keys[0] as TokenKey;
    return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(privateKey);
  }

  private keyFor(kid: string | undefined, alg: string) {
    const found = this.keys.find((key) => key.kid === kid && key.alg === alg);
    if (!found) throw new Error('signed by an unknown key');
    return found.publicKey;
  }
}

function readClaims(payload: Payload): SignedToken {
  const own = payload['kubernetes.io'] as (Omit<Claims, 'serviceAccount'> & { serviceaccount?: Bound }) | undefined;
  const { namespace, serviceaccount: serviceAccount, pod, secret, node } = own ?? {};
  if (!namespace || !serviceAccount) throw new Error('the token names no service account');
  const { exp, nbf, jti, aud } = payload;
  if (exp === undefined) throw new Error('the token has no end');
  return {
    namespace,
    serviceAccount,
    pod,
    secret,
    node,
    audiences: [aud ?? []].flat(),
    expiresAt: exp,
    notBefore: nbf,
    id: jti,
  };
}

/** A legacy token is meant for the API alone. */
function readLegacyClaims(payload: Payload, audience: string): SignedToken {
  const claim = (name: string) => String(payload[legacyPrefix + name] ?? '');
  const secret = claim('secret.name');
  const name = claim('service-account.name');
  if (!secret || !name) throw new Error('the token names no service account or no secret');
  return {
    namespace: claim('namespace'),
    serviceAccount: { name, uid: claim('service-account.uid') },
    secret: { name: secret, uid: '' },
    audiences: [audience],
  };
}
