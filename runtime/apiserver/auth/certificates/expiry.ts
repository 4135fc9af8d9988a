import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../../kube/generated/types';

const hourMs = 3600_000;
/** How long a request is kept once something has become of it, and while nothing has; as in Kubernetes. */
const settledMs = hourMs;
const pendingMs = 24 * hourMs;

/** When a request is to be cleared away, in milliseconds since the epoch. */
export function expiryOf({ metadata, status }: CertificateSigningRequest): number {
  const created = Date.parse(metadata.creationTimestamp ?? '') || 0;
  const ends = [created + pendingMs];
  for (const { type, lastUpdateTime } of status?.conditions ?? []) {
    const at = Date.parse(lastUpdateTime ?? '') || created;
    // What is approved waits for its signer as long as anything else.
    if (type !== 'Approved' || status?.certificate) ends.push(at + settledMs);
  }
  if (status?.certificate) ends.push(endOf(status.certificate));
  return Math.min(...ends);
}

function endOf(base64: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
  } catch {
    return Infinity;
  }
}
