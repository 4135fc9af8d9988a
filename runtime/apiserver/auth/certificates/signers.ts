import type { CertificateSigningRequestSpec } from '../../../kube/generated/types';
import type { CertificateRequest } from '../../../pki/pki';
import type { ParsedRequest } from '../../../pki/request';
import { mastersGroup, nodesGroup } from '../user';

/** The signers that the cluster's CA signs for. */
export const signers = {
  client: 'kubernetes.io/kube-apiserver-client',
  nodeClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  nodeServing: 'kubernetes.io/kubelet-serving',
} as const;

/** What a signing request says, its PKCS#10 part read. */
export interface Asked {
  spec: Pick<CertificateSigningRequestSpec, 'signerName' | 'usages' | 'username'>;
  request: Omit<ParsedRequest, 'publicKey'>;
}

const nodePrefix = 'system:node:';
const keyUsages = ['digital signature', 'key encipherment'];

/** Whether the server signs for this signer at all. */
export function isOwnSigner(signerName: string): boolean {
  return (Object.values(signers) as string[]).includes(signerName);
}

/** Why a request does not fit its signer; undefined where it does. */
export function signerProblem({ spec, request }: Asked): string | undefined {
  const { signerName, usages = [], username } = spec;
  const serving = signerName === signers.nodeServing;
  const purpose = serving ? 'server auth' : 'client auth';
  if (!usages.includes(purpose) || usages.some((usage) => usage !== purpose && !keyUsages.includes(usage))) {
    return `usages must be "${purpose}" and at most "digital signature" and "key encipherment" beside it`;
  }
  const { commonName, organizations, dnsNames, ipAddresses, otherNames } = request;
  if (signerName === signers.client) {
    return organizations.includes(mastersGroup)
      ? `use of ${signers.client} signer with ${mastersGroup} group is not allowed`
      : undefined;
  }
  if (organizations.join() !== nodesGroup) return `subject organization is not ${nodesGroup}`;
  if (!commonName.startsWith(nodePrefix)) return `subject common name does not begin with ${nodePrefix}`;
  if (otherNames > 0) return 'email and URI subjectAltNames are not allowed';
  if (!serving) return dnsNames.length + ipAddresses.length > 0 ? 'subjectAltNames are not allowed' : undefined;
  if (username !== commonName) return 'subject common name is not that of the requesting node';
  return dnsNames.length + ipAddresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined;
}

/** Whether a request is a node's for its own client certificate (`self`), or for one by somebody who joins it. */
export function nodeClientRequest(asked: Asked): 'selfnodeclient' | 'nodeclient' | undefined {
  if (asked.spec.signerName !== signers.nodeClient || signerProblem(asked) !== undefined) return undefined;
  return asked.spec.username === asked.request.commonName ? 'selfnodeclient' : 'nodeclient';
}

/** What the certificate will say. */
export function grantOf({ spec, request }: Asked, validSeconds: number): CertificateRequest {
  const { commonName, organizations, dnsNames, ipAddresses } = request;
  const serving = spec.signerName === signers.nodeServing;
  const names = serving ? { dnsNames, ipAddresses } : {};
  return { commonName, organizations, ...names, usages: [serving ? 'server' : 'client'], validSeconds };
}
