import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DiagnosticError } from '../../protocol/diagnostics';
import { dockerIgnore } from './docker-ignore';

export interface BuildContext {
  /** A gzipped tar file. */
  stream: Readable;
  /** The Dockerfile's path within it. */
  dockerfile: string;
}

const outsideName = '.dockerfile.orlop';

/**
 * A folder as `docker build` would send it: less what .dockerignore names, owned by root, in the order of the names. The
 * Dockerfile may lie outside of the folder. @throws DiagnosticError when the folder or the Dockerfile is not there
 */
export async function buildContext(folder: string, dockerfile: string): Promise<BuildContext> {
  const root = resolve(folder);
  const isFolder = await stat(root).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new DiagnosticError(
      `The build context ${JSON.stringify(folder)} is no folder`,
      `Looked for ${root}. A relative path counts from the folder in which Terraform runs; Terraform's path.module and cdktf's assets give whole paths.`,
      ['build'],
    );
  }
  const file = await locateDockerfile(root, dockerfile);
  const inside = relative(root, file);
  const outside = inside.startsWith(`..${sep}`) || isAbsolute(inside);
  const name = outside ? outsideName : inside.split(sep).join('/');
  const own = await readFile(`${file}.dockerignore`, 'utf8').catch(() => undefined);
  const ignored = dockerIgnore(own ?? (await readFile(join(root, '.dockerignore'), 'utf8').catch(() => '')));

  const { pack: createPack } = require('tar-stream') as typeof import('tar-stream');
  const pack = createPack();
  const add = async (directory: string, prefix: string): Promise<void> => {
    for (const entry of (await readdir(directory)).sort()) {
      const path = prefix + entry;
      const full = join(directory, entry);
      const info = await lstat(full);
      // The Engine reads these two itself, ignored or not.
      const skip = ignored(path) && path !== name && path !== '.dockerignore';
      const header = { name: path, mode: info.mode & 0o7777, mtime: info.mtime, uid: 0, gid: 0 };
      if (info.isDirectory()) {
        if (!skip) pack.entry({ ...header, name: `${path}/`, type: 'directory' });
        // A line with ! may bring back something below an ignored folder.
        await add(full, `${path}/`);
      } else if (skip) {
      } else if (info.isSymbolicLink()) {
        pack.entry({ ...header, type: 'symlink', linkname: await readlink(full) });
      } else if (info.isFile()) {
        await pipeline(createReadStream(full), pack.entry({ ...header, size: info.size }));
      }
    }
  };
  const stream = Readable.from(pack).compose(createGzip());
  const written = (async () => {
    if (outside) pack.entry({ name: outsideName, mode: 0o644 }, await readFile(file));
    await add(root, '');
    pack.finalize();
  })();
  written.catch((error: Error) => pack.destroy(error));
  return { stream: Readable.from(stream), dockerfile: name };
}

/** Beside the context as `docker build` has it, or, as kreuzwerker/docker also takes it, from where Terraform runs. */
async function locateDockerfile(root: string, dockerfile: string): Promise<string> {
  const candidates = isAbsolute(dockerfile) ? [dockerfile] : [join(root, dockerfile), resolve(dockerfile)];
  for (const candidate of candidates) {
    if (
      await stat(candidate).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
  }
  throw new DiagnosticError(
    `There is no Dockerfile ${JSON.stringify(dockerfile)}`,
    `Looked for ${candidates.join(' and ')}. build.dockerfile counts from build.context.`,
    ['build'],
  );
}
