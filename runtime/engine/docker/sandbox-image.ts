import { createHash } from 'node:crypto';
import type { Machine } from './elf';
import { sandboxProgram } from './sandbox-program';
import { tar } from './tar';

/** An image as `docker load` takes it, and the name under which it will be found. */
export interface ImageArchive {
  name: string;
  archive: Buffer;
}

/**
 * The image of every pod's sandbox: one program of a few hundred bytes, made here so that no registry is needed.
 * Its tag is a hash of its content; a new version of the program is a new image beside the old one.
 */
export function sandboxImage(machine: Machine): ImageArchive {
  const layer = tar([{ name: 'pause', data: sandboxProgram(machine), mode: 0o555 }]);
  const diffId = sha256(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: machine,
      os: 'linux',
      config: { Entrypoint: ['/pause'], WorkingDir: '/', StopSignal: 'SIGTERM' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'orlop' }],
    }),
  );
  const configId = sha256(config);
  const name = `orlop.local/sandbox:${configId.slice(0, 12)}`;
  const manifest = [{ Config: `${configId}.json`, RepoTags: [name], Layers: [`${diffId}/layer.tar`] }];
  const archive = tar([
    { name: `${configId}.json`, data: config },
    { name: `${diffId}/layer.tar`, data: layer },
    { name: 'manifest.json', data: Buffer.from(JSON.stringify(manifest)) },
  ]);
  return { name, archive };
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
