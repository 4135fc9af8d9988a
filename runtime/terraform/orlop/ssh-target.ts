import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConnectionError, type HostAddress } from '../../provision/connection';

/** An SSH target as resources and the provider carry it. */
export interface SshTarget {
  host: string;
  port: number | null;
  user: string | null;
  private_key_file: string;
  host_key: string | null;
}

/** The path of a private key as a user writes it; `~/` is the home folder. */
export function keyPath(file: string): string {
  return file.startsWith('~/') ? join(homedir(), file.slice(2)) : file;
}

/**
 * The address with its key read from the file. The key stays in memory.
 * @throws ConnectionError auth-failed when the file cannot be read
 */
export async function hostAddress(target: SshTarget): Promise<HostAddress> {
  const path = keyPath(target.private_key_file);
  const privateKey = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConnectionError(
      'auth-failed',
      `SSH connection to ${describeTarget(target)} was not tried: the private key file ${path} cannot be read (${error.code}).`,
      { cause: error },
    );
  });
  return {
    host: target.host,
    port: target.port ?? 22,
    user: target.user ?? 'root',
    privateKey,
    ...(target.host_key ? { expectedHostKey: target.host_key } : {}),
  };
}

/** `user@host:port`. */
export function describeTarget(target: Pick<SshTarget, 'host' | 'port' | 'user'>): string {
  return `${target.user ?? 'root'}@${target.host}:${target.port ?? 22}`;
}
