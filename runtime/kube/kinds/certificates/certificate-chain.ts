import { X509Certificate } from 'node:crypto';
import { pemBlocks } from './pem';

/** What is wrong with certificates (PEM in base64, as `status.certificate` has them); undefined for none or good ones. */
export function certificateProblem(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  if (text === '') return undefined;
  const blocks = pemBlocks(text);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(bytes);
    } catch (error) {
      return `x509: malformed certificate: ${(error as Error).message}`;
    }
  }
  return undefined;
}
