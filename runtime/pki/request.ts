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
  /** How many names it asks for that are neither DNS names nor addresses. */
  otherNames: number;
  publicKey: x509.PublicKey;
}

/**
 * Reads a PEM request and checks its signature (proof that the sender holds the key).
 * @param keys which keys it may hold: EC P-256, or any that is strong enough
 * @throws Error when it is no request, its signature does not fit, or its key is another.
 */
export async function parseRequest(pem: string, keys: 'P-256' | 'strong' = 'P-256'): Promise<ParsedRequest> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new Error('not a PEM-encoded PKCS#10 certificate request', { cause });
  }
  checkKey(request.publicKey.algorithm as KeyAlgorithm, keys);
  if (!(await request.verify())) throw new Error('certificate request is not signed by its own key');
  const san = alternativeNames(request.extensions);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    ...san,
    publicKey: request.publicKey,
  };
}

type KeyAlgorithm = { name: string; namedCurve?: string; modulusLength?: number };

/** @throws Error naming what is allowed */
function checkKey({ name, namedCurve = '', modulusLength = 0 }: KeyAlgorithm, keys: 'P-256' | 'strong'): void {
  if (name === 'ECDSA' && namedCurve === 'P-256') return;
  if (keys === 'P-256') throw new Error(`certificate request has a key of type ${name}, allowed is ECDSA P-256`);
  if (name === 'ECDSA' && ['P-384', 'P-521'].includes(namedCurve)) return;
  if (name === 'Ed25519' || (name.startsWith('RSA') && modulusLength >= 2048)) return;
  const allowed = 'allowed are ECDSA, Ed25519 and RSA of 2048 bits or more';
  throw new Error(`certificate request has a key of type ${name} ${modulusLength || namedCurve}, ${allowed}`);
}
