import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key that signs service-account tokens, or did once. */
export interface TokenKey {
  /** Hash of the public key, as Kubernetes makes it. */
  kid: string;
  alg: 'ES256' | 'RS256';
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** A new key (PKCS#8, PEM). Keep it in files of mode 0600. */
export function createTokenKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws Error for a text that is no private key, or one that is neither EC P-256 nor RSA */
export function readTokenKey(pem: string): TokenKey {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey;
  const isEc = type === 'ec' && details?.namedCurve === 'prime256v1';
  if (!isEc && type !== 'rsa') throw new Error(`a token key is of type ${type}, allowed are EC P-256 and RSA`);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64url');
  return { kid, alg: isEc ? 'ES256' : 'RS256', privateKey, publicKey };
}
