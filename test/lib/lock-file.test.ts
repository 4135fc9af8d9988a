import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedProviders, writeLockEntries } from '../../lib/provider/lock-file';

describe('the lock file beside a stack', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orlop-lock-'));
    file = join(folder, '.terraform.lock.hcl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ours = [{ source: 'orlop.local/orlop/orlop', version: '0.1.2', hash: 'h1:new=' }];
  const docker = { source: 'registry.terraform.io/kreuzwerker/docker', version: '3.6.2' };

  test('gets ours with their hash, and a pinned provider without one', () => {
    writeLockEntries(file, ours, [docker]);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('provider "orlop.local/orlop/orlop" {\n  version     = "0.1.2"');
    expect(text).toContain('"h1:new=",');
    expect(text).toMatch(/kreuzwerker\/docker" \{\n {2}version {5}= "3\.6\.2"\n {2}constraints = "3\.6\.2"\n\}/);
  });

  test('keeps what terraform recorded of other providers, and forgets our older versions', () => {
    writeFileSync(
      file,
      `provider "orlop.local/orlop/orlop" {\n  version     = "0.1.1"\n  hashes = [\n    "h1:old=",\n  ]\n}\n\nprovider "${docker.source}" {\n  version     = "3.6.2"\n  constraints = "3.6.2"\n  hashes = [\n    "zh:abc",\n  ]\n}\n`,
    );
    writeLockEntries(file, ours, [docker]);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('"zh:abc"');
    expect(text).not.toContain('h1:old=');
    const again = text;
    writeLockEntries(file, ours, [docker]);
    expect(readFileSync(file, 'utf8')).toBe(again);
  });

  test('only exact versions are pinned', () => {
    expect(
      pinnedProviders({
        docker: { source: 'kreuzwerker/docker', version: '3.6.2' },
        aws: { source: 'hashicorp/aws', version: '~> 6.0' },
        own: { source: 'orlop.local/orlop/orlop', version: '0.1.2' },
      }),
    ).toEqual([docker, { source: 'orlop.local/orlop/orlop', version: '0.1.2' }]);
  });
});
