import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Terraform's `h1:` hash of an unpacked provider: the SHA-256 of one line per file, sorted by name
 * (golang.org/x/mod/sumdb/dirhash, Hash1).
 */
export function packageHash(folder: string): string {
  const lines = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: path.slice(folder.length + 1), path }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, path }) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

export interface LockEntry {
  /** `orlop.local/orlop/orlop` */
  source: string;
  version: string;
  hash: string;
}

/** Sets the entries of our providers in a stack's `.terraform.lock.hcl`; those of other providers stay as they are. */
export function writeLockEntries(file: string, entries: LockEntry[]): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const others = [...before.matchAll(/^provider "([^"]+)" \{\n[\s\S]*?^\}\n/gm)]
    .filter((match) => !match[1]?.startsWith('orlop.local/'))
    .map((match) => match[0]);
  const ours = entries.map(
    ({ source, version, hash }) =>
      `provider "${source}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n    "${hash}",\n  ]\n}\n`,
  );
  const head =
    '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n';
  const after = [head, ...[...ours, ...others].sort()].join('\n');
  if (after !== before) writeFileSync(file, after);
}
