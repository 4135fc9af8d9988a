// The library registers its parts through decorator metadata, so this import comes before it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export const subtle = webcrypto.subtle;
export type CryptoKey = webcrypto.CryptoKey;
export type CryptoKeyPair = webcrypto.CryptoKeyPair;
x509.cryptoProvider.set(webcrypto as never);

export { x509 };

/** EC P-256 everywhere: small, fast, and accepted by every client of Kubernetes. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A random positive serial number of 127 bits. */
export function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** Certificates are valid from a little before they are made, so that a clock that lags accepts them. */
export const clockSkewMs = 5 * 60_000;

/** `CN=name, O=a, O=b` as a list of relative names; nothing in a name can add a part. */
export function subject(commonName: string, organizations: string[]): x509.JsonName {
  return [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }];
}

export function subjectAltNames(dnsNames: string[] = [], ipAddresses: string[] = []): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return names.length ? [new x509.SubjectAlternativeNameExtension(names)] : [];
}

/** The names and addresses in a certificate's or a request's extensions; of other kinds of names, how many there are. */
export function alternativeNames(extensions: x509.Extension[]) {
  const extension = extensions.find((e) => e instanceof x509.SubjectAlternativeNameExtension);
  const names = extension?.names.toJSON() ?? [];
  return {
    dnsNames: names.filter((n) => n.type === 'dns').map((n) => n.value),
    ipAddresses: names.filter((n) => n.type === 'ip').map((n) => n.value),
    otherNames: names.filter((n) => n.type !== 'dns' && n.type !== 'ip').length,
  };
}
