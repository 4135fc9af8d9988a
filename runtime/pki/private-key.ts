import { type CryptoKeyPair, keyAlgorithm, subtle, x509 } from './x509';

/** A new EC P-256 private key: PKCS#8, PEM. Keep it in files of mode 0600. */
export async function createPrivateKey(): Promise<string> {
  const pair = await subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const der = await subtle.exportKey('pkcs8', pair.privateKey);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}

/**
 * The signing and verifying halves of a PEM private key.
 * @throws Error when the text is not a PKCS#8 EC P-256 key.
 */
export async function importPrivateKey(pem: string): Promise<CryptoKeyPair> {
  const der = x509.PemConverter.decodeFirst(pem);
  const privateKey = await subtle.importKey('pkcs8', der, keyAlgorithm, true, ['sign']);
  const { d: _secret, key_ops: _ops, ...publicJwk } = await subtle.exportKey('jwk', privateKey);
  const publicKey = await subtle.importKey('jwk', publicJwk, keyAlgorithm, true, ['verify']);
  return { privateKey, publicKey };
}
