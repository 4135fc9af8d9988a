import type { CertificateSigningRequest } from '../generated/types';
import { resource } from './resource';

export const certificateSigningRequests = resource<CertificateSigningRequest>(
  'certificates.k8s.io/v1',
  'CertificateSigningRequest',
  'certificatesigningrequests',
  false,
);
