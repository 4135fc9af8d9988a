import type { CertificateRequest, KeyPair } from './pki';
import { createPrivateKey, importPrivateKey } from './private-key';
import { parseRequest } from './request';
import { type CryptoKey, clockSkewMs, serialNumber, signingAlgorithm, subject, subjectAltNames, x509 } from './x509';

const usageOids = {
  client: x509.ExtendedKeyUsage.clientAuth,
  server: x509.ExtendedKeyUsage.serverAuth,
} as const;

/**
 * A certificate (PEM) signed by `ca`. Names, usages and lifetime are those of `grant` alone; from the request comes
 * only the public key, whose possession it proves. It never outlives the CA.
 * @param csr PEM PKCS#10 request
 * @param now milliseconds since the epoch
 */
export async function issue(
  ca: KeyPair,
  grant: CertificateRequest,
  csr: string,
  now: number,
  keys: 'P-256' | 'strong' = 'P-256',
): Promise<string> {
  const { publicKey } = await parseRequest(csr, keys);
  return sign(ca, grant, publicKey, now);
}

/** A new key pair with a certificate signed by `ca`. */
export async function issueKeyPair(ca: KeyPair, grant: CertificateRequest, now: number): Promise<KeyPair> {
  const key = await createPrivateKey();
  const { publicKey } = await importPrivateKey(key);
  return { key, cert: await sign(ca, grant, publicKey, now) };
}

async function sign(
  ca: KeyPair,
  grant: CertificateRequest,
  publicKey: x509.PublicKey | CryptoKey,
  now: number,
): Promise<string> {
  const authority = new x509.X509Certificate(ca.cert);
  const signer = await importPrivateKey(ca.key);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject(grant.commonName, grant.organizations),
    issuer: authority.subjectName,
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(Math.min(now + grant.validSeconds * 1000, authority.notAfter.getTime())),
    publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        grant.usages.map((usage) => usageOids[usage]),
        false,
      ),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
      ...subjectAltNames(grant.dnsNames, grant.ipAddresses),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
