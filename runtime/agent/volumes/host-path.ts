import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { HostPathVolumeSource } from '../../kube/generated/types';
import { ContainerConfigError } from '../spec/objects';

const checks: Record<string, { holds(stats: Stats): boolean; what: string }> = {
  Directory: { holds: (stats) => stats.isDirectory(), what: 'a directory' },
  File: { holds: (stats) => stats.isFile(), what: 'a file' },
  Socket: { holds: (stats) => stats.isSocket(), what: 'a socket' },
  CharDevice: { holds: (stats) => stats.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { holds: (stats) => stats.isBlockDevice(), what: 'a block device' },
};

/** Checks a hostPath volume's `type`, making what is to be made. @throws ContainerConfigError (FailedMount) */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats && (type === '' || type === 'DirectoryOrCreate')) await mkdir(path, { recursive: true, mode: 0o755 });
  else if (!stats && type === 'FileOrCreate') await (await open(path, 'a', 0o644)).close();
  else if (type !== '') {
    const check = checks[type.replace('OrCreate', '')];
    if (!check) throw new ContainerConfigError(`hostPath type ${JSON.stringify(type)} is unknown`, 'FailedMount');
    if (!stats || !check.holds(stats))
      throw new ContainerConfigError(`hostPath type check failed: ${path} is not ${check.what}`, 'FailedMount');
  }
  return path;
}
