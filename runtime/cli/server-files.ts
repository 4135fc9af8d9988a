import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTokenKey } from '../apiserver/auth/tokens/keys';
import { formatKubeconfig } from '../client/kubeconfig';
import { createCa } from '../pki/ca';
import { issueKeyPair } from '../pki/issue';
import type { KeyPair } from '../pki/pki';

const adminSeconds = 365 * 24 * 3600;

/** The cluster's CA, made at the server's first start. Its key stays in this folder (mode 0600). */
export async function clusterCa(dataDir: string, now: number): Promise<KeyPair> {
  const folder = join(dataDir, 'pki');
  const certFile = join(folder, 'ca.crt');
  const keyFile = join(folder, 'ca.key');
  if (existsSync(certFile) && existsSync(keyFile)) {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }
  const ca = await createCa(now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The certificate comes last: a CA is there only when both files are.
  write(keyFile, ca.key, 0o600);
  write(certFile, ca.cert, 0o644);
  return ca;
}

/**
 * Keys of service-account tokens, in `pki/service-account/*.key`, the newest name first: it signs, all verify. The first
 * is made at the server's first start. To rotate, put a key with a later name beside it and start the server again;
 * the old one may go when the last token that it signed has ended.
 */
export function tokenKeys(dataDir: string): string[] {
  const folder = join(dataDir, 'pki', 'service-account');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = () => readdirSync(folder).filter((name) => name.endsWith('.key'));
  if (names().length === 0) write(join(folder, '0001.key'), createTokenKey(), 0o600);
  return names()
    .sort()
    .reverse()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** Writes the administrator's kubeconfig anew, so that it is good for a year from each start of the server. */
export async function writeAdminKubeconfig(dataDir: string, ca: KeyPair, server: string, now: number): Promise<void> {
  const identity = await issueKeyPair(
    ca,
    { commonName: 'admin', organizations: ['system:masters'], usages: ['client'], validSeconds: adminSeconds },
    now,
  );
  write(join(dataDir, 'admin.kubeconfig'), formatKubeconfig({ server, ca: ca.cert, ...identity }), 0o600);
}

function write(path: string, content: string, mode: number): void {
  writeFileSync(`${path}.new`, content, { mode });
  renameSync(`${path}.new`, path);
}
