import type { CertificateRequest } from './pki';
import { createPrivateKey, importPrivateKey } from './private-key';
import { alternativeNames, signingAlgorithm, subject, subjectAltNames, x509 } from './x509';

/** The names that somebody asks a certificate for. */
export type RequestedNames = Pick<CertificateRequest, 'commonName' | 'organizations' | 'dnsNames' | 'ipAddresses'>;

/** A PKCS#10 request (PEM) signed by `key` (PEM). */
async function createRequest(key: string, names: RequestedNames): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject(names.commonName, names.organizations),
    keys: await importPrivateKey(key),
    signingAlgorithm,
    extensions: subjectAltNames(names.dnsNames, names.ipAddresses),
  });
  return `${request.toString('pem')}\n`;
}

/** A new private key and a request for it. */
export async function createKeyAndRequest(names: RequestedNames): Promise<{ key: string; request: string }> {
  const key = await createPrivateKey();
  return { key, request: await createRequest(key, names) };
}

/** What a PKCS#10 request asks for, and the key it proves to hold. Nothing of it is granted by reading it. */
export interface ParsedRequest extends RequestedNames {
  dnsNames: string[];
  ipAddresses: string[];
  publicKey: x509.PublicKey;
}

/**
 * Reads a PEM request and checks its signature (proof that the sender holds the key).
 * @throws Error when it is no request, its signature does not fit, or its key is not EC P-256.
 */
export async function parseRequest(pem: string): Promise<ParsedRequest> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new Error('not a PEM-encoded PKCS#10 certificate request', { cause });
  }
  const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256') {
    throw new Error(`certificate request has a key of type ${algorithm.name}, allowed is ECDSA P-256`);
  }
  if (!(await request.verify())) throw new Error('certificate request is not signed by its own key');
  const san = alternativeNames(request.extensions);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    ...san,
    publicKey: request.publicKey,
  };
}
