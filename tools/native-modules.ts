import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { defaultCacheDir } from '../runtime/provision/node-tarball';
import { type Arch, architectures } from '../runtime/provision/runtime-bundle';

const root = join(__dirname, '..');
const member = 'node.napi.glibc.node';

/**
 * Puts lmdb's native module of every architecture into `folder`. npm installs only this machine's; the others come from
 * npm once, checked against package-lock.json, into the cache. One that cannot be had is left out, with a word about it.
 */
export async function copyNativeModules(folder: string): Promise<void> {
  for (const arch of architectures) {
    const target = join(folder, `lmdb-${arch}.node`);
    const installed = join(root, `node_modules/@lmdb/lmdb-linux-${arch}`, member);
    if (existsSync(installed)) copyFileSync(installed, target);
    else {
      try {
        copyFileSync(await cached(arch), target);
      } catch (error) {
        console.error(`build: hosts of architecture ${arch} cannot be servers: ${(error as Error).message}`);
      }
    }
  }
}

async function cached(arch: Arch): Promise<string> {
  const name = `@lmdb/lmdb-linux-${arch}`;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const pinned = lock.packages[`node_modules/${name}`];
  if (!pinned) throw new Error(`package-lock.json does not pin ${name}`);
  const cache = defaultCacheDir();
  const target = join(cache, `lmdb-${pinned.version}-${arch}.node`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const incoming = mkdtempSync(join(cache, '.incoming-'));
  try {
    const args = ['pack', `${name}@${pinned.version}`, '--pack-destination', incoming, '--silent'];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const tarball = readFileSync(join(incoming, readdirSync(incoming)[0] as string));
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    if (integrity !== pinned.integrity)
      throw new Error(`${name} has integrity ${integrity}, pinned is ${pinned.integrity}`);
    writeFileSync(join(incoming, member), await unpack(gunzipSync(tarball)));
    renameSync(join(incoming, member), target);
    return target;
  } finally {
    rmSync(incoming, { recursive: true, force: true });
  }
}

async function unpack(tar: Buffer): Promise<Buffer> {
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.name === `package/${member}`) return Buffer.concat(chunks);
  }
  throw new Error(`the package has no ${member}`);
}
