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
  /** Left out for a provider that `terraform init` is yet to install: it then records its hashes itself. */
  hash?: string;
}

const head =
  '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n';

/**
 * Sets the entries of the providers brought along in a stack's `.terraform.lock.hcl`, and gives each pinned provider that
 * has none an entry without hashes. With every provider named, cdktf has no reason to run `terraform providers lock`, which
 * looks for all of them in registries and would fail at ours.
 */
export function writeLockEntries(file: string, ours: LockEntry[], pinned: LockEntry[]): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const entries = new Map(
    [...before.matchAll(/^provider "([^"]+)" \{\n[\s\S]*?^\}\n/gm)]
      .filter(([, source]) => !source?.startsWith('orlop.local/'))
      .map(([text, source]) => [source as string, text]),
  );
  for (const entry of pinned) {
    if (!entries.get(entry.source)?.includes(`version     = "${entry.version}"`))
      entries.set(entry.source, render(entry));
  }
  for (const entry of ours) entries.set(entry.source, render(entry));
  const after = [head, ...[...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)].join('\n');
  if (after !== before) writeFileSync(file, after);
}

function render({ source, version, hash }: LockEntry): string {
  const hashes = hash ? `  hashes = [\n    "${hash}",\n  ]\n` : '';
  return `provider "${source}" {\n  version     = "${version}"\n  constraints = "${version}"\n${hashes}}\n`;
}

/** The providers that a stack requires at an exact version, by their full address. */
export function pinnedProviders(required: Record<string, { source?: string; version?: string }>): LockEntry[] {
  return Object.values(required).flatMap(({ source, version }) => {
    if (!source || !version || !/^\d+\.\d+\.\d+$/.test(version)) return [];
    return [{ source: source.split('/').length === 2 ? `registry.terraform.io/${source}` : source, version }];
  });
}
