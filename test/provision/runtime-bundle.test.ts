import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { nodeTarball } from '../../runtime/provision/node-tarball';
import { locateBundle, manifestName, readBundle, writeManifest } from '../../runtime/provision/runtime-bundle';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orlop-bundle-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the manifest', () => {
  it('describes every file, and its version changes with any of them', async () => {
    await writeFile(join(folder, 'orlop.js'), 'one');
    await writeFile(join(folder, 'lmdb-arm64.node'), 'native');
    await writeFile(join(folder, 'notes.txt'), 'no');
    const options = { exclude: (path: string) => path.endsWith('.txt') };
    const first = await writeManifest(folder, options);
    expect(first.files.map(({ path, arch }) => [path, arch])).toEqual([
      ['lmdb-arm64.node', 'arm64'],
      ['orlop.js', undefined],
    ]);
    expect((await writeManifest(folder, options)).version).toBe(first.version);
    await writeFile(join(folder, 'orlop.js'), 'two');
    expect((await writeManifest(folder, options)).version).not.toBe(first.version);
    const bundle = await readBundle(folder);
    expect(bundle.filesFor('x64').map(({ path }) => path)).toEqual(['orlop.js']);
  });

  it('is refused when it is missing, damaged or leads out of its folder', async () => {
    await expect(readBundle(folder)).rejects.toThrow(/npm run build/);
    await writeFile(join(folder, 'orlop.js'), 'one');
    const manifest = await writeManifest(folder);
    const write = (change: object) => writeFile(join(folder, manifestName), JSON.stringify({ ...manifest, ...change }));
    await write({ version: '0'.repeat(64) });
    await expect(readBundle(folder)).rejects.toThrow(/not the hash of its files/);
    for (const path of ['../evil', '/etc/passwd', 'a/../../b']) {
      await write({ files: [{ ...manifest.files[0], path }] });
      await expect(readBundle(folder)).rejects.toThrow(/damaged/);
    }
  });

  it('is found from a copy of the provider below the project', async () => {
    const deep = join(folder, 'cdktf.out/stacks/s/terraform.d');
    await mkdir(deep, { recursive: true });
    await mkdir(join(folder, 'dist/runtime'), { recursive: true });
    await writeManifest(join(folder, 'dist/runtime'));
    expect(locateBundle(deep, {})).toBe(join(folder, 'dist/runtime'));
    expect(locateBundle(deep, { ORLOP_RUNTIME_DIR: '/x' })).toBe('/x');
    expect(() => locateBundle(tmpdir(), {})).toThrow(/npm run build/);
  });
});

describe('the Node.js tarball', () => {
  async function tarball(content: string): Promise<{ bytes: Buffer; integrity: string }> {
    const archive = pack();
    archive.entry({ name: 'package/bin/node' }, content);
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    const bytes = gzipSync(Buffer.concat(chunks));
    return { bytes, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` };
  }

  it('is fetched once, verified, and described', async () => {
    const { bytes, integrity } = await tarball('binary');
    let fetched = 0;
    const fetch = async (_spec: unknown, into: string) => {
      fetched++;
      await writeFile(join(into, 'x.tgz'), bytes);
    };
    const spec = { name: 'n', version: '1', integrity };
    const [a, b] = await Promise.all([
      nodeTarball(spec, { cacheDir: folder, fetch }),
      nodeTarball(spec, { cacheDir: folder, fetch }),
    ]);
    expect(a).toEqual(b);
    expect(a).toMatchObject({
      binarySha256: createHash('sha256').update('binary').digest('hex'),
      binarySizeBytes: 6,
    });
    await nodeTarball(spec, { cacheDir: folder, fetch });
    expect(fetched).toBe(1);
    await writeFile(a.path, 'rotten');
    await nodeTarball(spec, { cacheDir: folder, fetch });
    expect(fetched).toBe(2);
    expect(await readFile(a.path)).toEqual(bytes);
  });

  it('is not used when its bytes are not the pinned ones, and nothing of it stays', async () => {
    const { bytes } = await tarball('evil');
    const fetch = async (_spec: unknown, into: string) => writeFile(join(into, 'x.tgz'), bytes);
    const spec = { name: 'n', version: '1', integrity: 'sha512-AAAA' };
    await expect(nodeTarball(spec, { cacheDir: folder, fetch })).rejects.toThrow(/integrity .* is pinned/);
    expect(await readdir(folder)).toEqual([]);
  });
});
