import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { NodePackage } from './runtime-bundle';

const run = promisify(execFile);

/** Member of the package's tarball that is the Node.js binary. */
export const nodeMember = 'package/bin/node';

/** A verified npm tarball of Node.js on this machine. */
export interface NodeTarball {
  path: string;
  /** Of the binary inside. */
  binarySha256: string;
  binarySizeBytes: number;
}

export interface NodeTarballOptions {
  /** @default `$XDG_CACHE_HOME/orlop` or `~/.cache/orlop` */
  cacheDir?: string;
  /** Puts the tarball of a package into a folder. @default `npm pack`, with npm's own registry settings */
  fetch?: (spec: NodePackage, folder: string) => Promise<void>;
}

export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'orlop');
}

const inFlight = new Map<string, Promise<NodeTarball>>();

/**
 * The tarball of a Node.js package, from the cache or fetched into it, checked against its pinned integrity.
 * @throws Error when it is not in the cache and cannot be fetched, or when its bytes are not the pinned ones.
 */
export function nodeTarball(spec: NodePackage, options: NodeTarballOptions = {}): Promise<NodeTarball> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const key = `${cacheDir}\0${spec.integrity}`;
  const running = inFlight.get(key);
  if (running) return running;
  const started = provide(spec, cacheDir, options.fetch ?? npmPack).finally(() => inFlight.delete(key));
  inFlight.set(key, started);
  return started;
}

async function provide(
  spec: NodePackage,
  cacheDir: string,
  fetch: (spec: NodePackage, folder: string) => Promise<void>,
): Promise<NodeTarball> {
  const path = join(cacheDir, `${spec.name}-${spec.version}.tgz`);
  const factsPath = `${path}.json`;
  const known = await readFacts(factsPath, spec.integrity);
  if (known && (await integrityOf(path, spec.integrity)) === spec.integrity) return { path, ...known };

  if ((await integrityOf(path, spec.integrity)) !== spec.integrity) {
    await mkdir(cacheDir, { recursive: true });
    const folder = await mkdtemp(join(cacheDir, '.incoming-'));
    try {
      await fetch(spec, folder);
      const [name] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
      if (!name) throw new Error(`fetching ${spec.name}@${spec.version} left no tarball`);
      const actual = await integrityOf(join(folder, name), spec.integrity);
      if (actual !== spec.integrity) {
        throw new Error(
          `${spec.name}@${spec.version} from the npm registry has integrity ${actual}, but ${spec.integrity} is pinned: ` +
            'it is not used. Check the registry that npm is configured with.',
        );
      }
      await rename(join(folder, name), path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const facts = await describeBinary(path);
  await writeFile(factsPath, JSON.stringify({ integrity: spec.integrity, ...facts }));
  return { path, ...facts };
}

/** Hash and size of the Node.js binary inside the tarball. */
async function describeBinary(path: string): Promise<{ binarySha256: string; binarySizeBytes: number }> {
  const hash = createHash('sha256');
  let size = 0;
  let found = false;
  const unpack = extract();
  unpack.on('entry', (header, stream, next) => {
    const wanted = header.name === nodeMember;
    found ||= wanted;
    stream.on('data', (data) => {
      if (!wanted) return;
      const chunk = data as Buffer;
      hash.update(chunk);
      size += chunk.length;
    });
    stream.on('end', next);
    stream.resume();
  });
  await pipeline(createReadStream(path), createGunzip(), unpack);
  if (!found) throw new Error(`${path} holds no ${nodeMember}`);
  return { binarySha256: hash.digest('hex'), binarySizeBytes: size };
}

async function readFacts(path: string, integrity: string) {
  try {
    const facts = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    if (facts.integrity !== integrity) return undefined;
    const { binarySha256, binarySizeBytes } = facts;
    if (typeof binarySha256 !== 'string' || typeof binarySizeBytes !== 'number') return undefined;
    return { binarySha256, binarySizeBytes };
  } catch {
    return undefined;
  }
}

/** Integrity of a file with the algorithm of `like`, or undefined where there is no file. */
async function integrityOf(path: string, like: string): Promise<string | undefined> {
  const algorithm = like.slice(0, like.indexOf('-'));
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return `${algorithm}-${hash.digest('base64')}`;
}

async function npmPack(spec: NodePackage, folder: string): Promise<void> {
  const name = `${spec.name}@${spec.version}`;
  try {
    await run('npm', ['pack', name, '--pack-destination', folder, '--silent'], { timeout: 300_000 });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new Error(
      `the hosts' Node.js (npm package ${name}) is not in the cache and could not be fetched: ${said}. ` +
        `Make the npm registry reachable, or run "npm pack ${name}" elsewhere and put the file beside ${folder} as ${spec.name}-${spec.version}.tgz.`,
      { cause: error },
    );
  }
}
