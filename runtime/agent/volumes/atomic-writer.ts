import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of a ConfigMap, Secret, downward API or projected volume. */
export interface PayloadFile {
  data: Buffer;
  mode: number;
  /** Who owns it. @default root */
  userId?: number;
}

/** Relative path → file. */
export type Payload = Map<string, PayloadFile>;

const dataLink = '..data';

/**
 * Makes `folder` show exactly `payload`, all files at once: readers see the old set or the new one, never a mixture.
 * Files are links through `..data`, a link to the folder of one version; changing that one link changes all.
 * Returns whether anything changed. Killed at any point, the next call finishes the job.
 */
export async function writeAtomically(folder: string, payload: Payload, groupId?: number): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const old = await readlink(join(folder, dataLink)).catch(() => undefined);
  const same = old !== undefined && (await holds(join(folder, old), payload));
  if (!same) {
    const version = `..${new Date().toISOString().replace(/[-:.TZ]/g, '_')}${randomBytes(4).toString('hex')}`;
    await writeVersion(join(folder, version), payload, groupId);
    const temporary = join(folder, '..data_tmp');
    await rm(temporary, { force: true });
    await symlink(version, temporary);
    await rename(temporary, join(folder, dataLink));
  }
  await linkNames(folder, payload);
  await removeOldVersions(folder);
  return !same;
}

/** Whether `folder` shows files that were written. */
export async function isWrittenAt(folder: string): Promise<boolean> {
  return (await readlink(join(folder, dataLink)).catch(() => undefined)) !== undefined;
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || (parts[0] ?? '').startsWith('..'))
    throw new RangeError(`a volume's file has the path ${JSON.stringify(path)}; it must be relative and stay inside`);
}

async function holds(version: string, payload: Payload): Promise<boolean> {
  try {
    const names = await filesBelow(version);
    if (names.length !== payload.size) return false;
    for (const [path, file] of payload) {
      const full = join(version, path);
      if (((await lstat(full)).mode & 0o777) !== file.mode || !(await readFile(full)).equals(file.data)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function writeVersion(version: string, payload: Payload, groupId: number | undefined): Promise<void> {
  await mkdir(version, { mode: 0o755 });
  for (const [path, { data, mode, userId }] of payload) {
    const full = join(version, path);
    await mkdir(dirname(full), { recursive: true, mode: 0o755 });
    await writeFile(full, data, { mode: 0o600, flag: 'wx' });
    if (userId !== undefined || groupId !== undefined) await chown(full, userId ?? 0, groupId ?? 0);
    await chmod(full, mode);
  }
}

/** The names that a user sees: the first part of every path. */
async function linkNames(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0] as string));
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of wanted) if (!present.includes(name)) await symlink(join(dataLink, name), join(folder, name));
  for (const name of present) if (!wanted.has(name)) await rm(join(folder, name), { force: true, recursive: true });
}

async function removeOldVersions(folder: string): Promise<void> {
  const current = await readlink(join(folder, dataLink));
  for (const name of await readdir(folder))
    if (name.startsWith('..') && name !== dataLink && name !== current)
      await rm(join(folder, name), { recursive: true, force: true });
}
