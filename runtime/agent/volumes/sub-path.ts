import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ContainerConfigError } from '../spec/objects';
import type { Mounter } from './mount-table';

/** Linux' O_PATH: a handle on the place itself, without opening what is there. Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Mounts `subPath` of a volume at `target` in a way that a container cannot trick: it may hold the volume and exchange
 * a folder for a link between our look and the mount. The path is resolved, checked to be inside, then walked part by
 * part without following links, and what is mounted is the handle that the walk ends at.
 */
export async function mountSubPath(mounter: Mounter, volume: string, subPath: string, target: string): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new ContainerConfigError(`subPath ${JSON.stringify(subPath)} must be relative and must not contain ".."`);
  if ((await mounter.below(target)).length) return target;
  const root = await realpath(volume);
  await makeInside(root, subPath);
  const resolved = await realpath(join(root, subPath));
  const inside = relative(root, resolved);
  if (inside === '..' || inside.startsWith('../')) throw outside(subPath);
  const handle = await walk(root, inside, subPath);
  try {
    const source = `/proc/${process.pid}/fd/${handle.fd}`;
    await mkdir(dirname(target), { recursive: true, mode: 0o750 });
    if ((await stat(source)).isDirectory()) await mkdir(target, { recursive: true });
    else await writeFile(target, '', { flag: 'a' });
    await mounter.bind(source, target);
  } finally {
    await handle.close();
  }
  return target;
}

/** Makes the folders of a subPath that are missing, one by one, from the last that is there. */
async function makeInside(root: string, subPath: string): Promise<void> {
  let present = root;
  for (const part of subPath.split('/').filter((part) => part !== '' && part !== '.')) {
    const next = join(present, part);
    const resolved = await realpath(next).catch(() => undefined);
    if (resolved === undefined) {
      const handle = await walk(root, relative(root, present), subPath);
      try {
        await mkdir(`/proc/self/fd/${handle.fd}/${part}`, { mode: 0o750 });
      } finally {
        await handle.close();
      }
      present = next;
    } else present = resolved;
    const inside = relative(root, present);
    if (inside === '..' || inside.startsWith('../')) throw outside(subPath);
  }
}

async function walk(root: string, inside: string, subPath: string): Promise<FileHandle> {
  const flags = O_PATH | constants.O_NOFOLLOW;
  let handle = await open(root, flags);
  for (const part of inside.split('/').filter((part) => part !== '')) {
    const next = await open(`/proc/self/fd/${handle.fd}/${part}`, flags).finally(() => handle.close());
    handle = next;
    if ((await handle.stat()).isSymbolicLink()) {
      await handle.close();
      throw outside(subPath);
    }
  }
  return handle;
}

function outside(subPath: string): ContainerConfigError {
  return new ContainerConfigError(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
}
