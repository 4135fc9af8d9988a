import { createHash } from 'node:crypto';
import type { KeyPair } from './pki';
import { createPrivateKey, importPrivateKey } from './private-key';
import { clockSkewMs, serialNumber, signingAlgorithm, subject, x509 } from './x509';

const tenYearsMs = 10 * 365 * 24 * 3600_000;

/** A new certificate authority, valid for ten years from `now` (milliseconds since the epoch). */
export async function createCa(now: number, commonName = 'orlop-ca'): Promise<KeyPair> {
  const key = await createPrivateKey();
  const keys = await importPrivateKey(key);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject(commonName, []),
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(now + tenYearsMs),
    keys,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key, cert: `${cert.toString('pem')}\n` };
}

/** SHA-256 of a certificate's DER form, in hex: what a join token pins. */
export function caHash(pem: string): string {
  return createHash('sha256')
    .update(Buffer.from(x509.PemConverter.decodeFirst(pem)))
    .digest('hex');
}
