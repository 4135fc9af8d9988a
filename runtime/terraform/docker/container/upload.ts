import { readFile } from 'node:fs/promises';
import type { ContainerState } from './create-body';

type Upload = NonNullable<ContainerState['upload']>[number];

/** The files to upload as one tar file, to be unpacked in the container's root directory. */
export async function uploadTar(uploads: readonly Upload[]): Promise<Buffer> {
  const { pack: createPack } = require('tar-stream') as typeof import('tar-stream');
  const pack = createPack();
  const chunks: Buffer[] = [];
  pack.on('data', (chunk) => chunks.push(chunk as Buffer));
  const done = new Promise<void>((resolve, reject) => {
    pack.on('end', resolve);
    pack.on('error', reject);
  });
  for (const upload of uploads) {
    const mode = upload.permissions ? Number.parseInt(upload.permissions, 8) : upload.executable ? 0o744 : 0o644;
    pack.entry({ name: upload.file.replace(/^\/+/, ''), mode }, await contentOf(upload));
  }
  pack.finalize();
  await done;
  return Buffer.concat(chunks);
}

async function contentOf(upload: Upload): Promise<Buffer> {
  if (upload.content_base64) return Buffer.from(upload.content_base64, 'base64');
  if (upload.source) return await readFile(upload.source);
  return Buffer.from(upload.content ?? '', 'utf8');
}
