/** One block of a PEM text. */
export interface PemBlock {
  type: string;
  hasHeaders: boolean;
  bytes: Buffer;
}

const blockPattern = /-----BEGIN ([^\n-]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** The blocks of a text, in order; what stands between them is skipped. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(blockPattern)].map(([, type = '', body = '']) => {
    const lines = body.split(/\r?\n/);
    const headers = lines.filter((line) => line.includes(':'));
    const base64 = lines.filter((line) => !line.includes(':')).join('');
    return { type, hasHeaders: headers.length > 0, bytes: Buffer.from(base64, 'base64') };
  });
}
