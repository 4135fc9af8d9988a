/** X.509 for the cluster: an EC P-256 key pair and its certificate, both PEM. */
export interface KeyPair {
  key: string;
  cert: string;
}

export interface CertificateRequest {
  commonName: string;
  organizations: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  usages: Array<'client' | 'server'>;
  /** Seconds from `now` that the certificate is valid. */
  validSeconds: number;
}
