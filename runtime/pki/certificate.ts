import { alternativeNames, x509 } from './x509';

/** What a holder of a certificate wants to know of it. Times are milliseconds since the epoch. */
export interface CertificateInfo {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  notBefore: number;
  notAfter: number;
}

/** Reads a PEM certificate. @throws Error when the text is none. */
export function readCertificate(pem: string): CertificateInfo {
  const certificate = new x509.X509Certificate(pem);
  const { dnsNames, ipAddresses } = alternativeNames(certificate.extensions);
  return {
    commonName: certificate.subjectName.getField('CN')[0] ?? '',
    organizations: certificate.subjectName.getField('O'),
    dnsNames,
    ipAddresses,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

/** When to renew: two thirds into the lifetime, in milliseconds since the epoch. */
export function renewAt(certificate: Pick<CertificateInfo, 'notBefore' | 'notAfter'>): number {
  return certificate.notBefore + ((certificate.notAfter - certificate.notBefore) * 2) / 3;
}
