/**
 * Builds what a deploy needs, if its sources changed since the last build:
 *
 *   dist/runtime/    what is installed on hosts: orlop.js (server, agent, …), lmdb's native module per architecture, runtime.json
 *   dist/provider/   the Terraform providers, one executable file each
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { BuildOptions, Plugin } from 'esbuild';
import { writeManifest } from '../runtime/provision/runtime-bundle';
import { copyNativeModules } from './native-modules';

export const root = join(__dirname, '..');
const dist = join(root, 'dist');
const stamp = join(dist, '.stamp');

/** Builds when needed; says whether it did. */
export async function build(options: { force?: boolean } = {}): Promise<boolean> {
  const inputs = hashOfInputs();
  if (!options.force && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return false;
  // Built aside and put in place by renaming, so that who reads dist/ meanwhile finds it whole.
  const staging = join(root, `.dist-${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(join(staging, 'runtime'), { recursive: true });
  const { build: bundle } = await import('esbuild');
  await Promise.all([
    bundle({
      ...common,
      entryPoints: [join(root, 'runtime/cli/main.ts')],
      outfile: join(staging, 'runtime/orlop.js'),
      target: 'node24',
      plugins: [lmdbNative, deflatedSchemas],
    }),
    ...(['orlop', 'docker'] as const).map((name) =>
      bundle({
        ...common,
        entryPoints: [join(root, `runtime/terraform/${name}/main.ts`)],
        outfile: join(staging, `provider/terraform-provider-${name}`),
        target: 'node20',
        plugins: [deflatedSchemas],
        banner: { js: '#!/usr/bin/env node' },
      }),
    ),
  ]);
  for (const name of ['orlop', 'docker']) chmodSync(join(staging, `provider/terraform-provider-${name}`), 0o755);
  await copyNativeModules(join(staging, 'runtime'));
  await writeManifest(join(staging, 'runtime'));
  writeFileSync(join(staging, '.stamp'), inputs);
  const old = `${staging}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(staging, dist);
  rmSync(old, { recursive: true, force: true });
  return true;
}

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'error',
  // Optional speed-ups of ssh2 and ws that are compiled at install time: never present, since install scripts are off.
  external: ['cpu-features', './crypto/build/Release/sshcrypto.node', 'bufferutil', 'utf-8-validate'],
};

/**
 * The schemas' texts, deflated: nine tenths of what Node.js would have to read at each start, and of which most
 * processes use one or two groups' alone.
 */
const deflatedSchemas: Plugin = {
  name: 'deflated-schemas',
  setup(builder) {
    builder.onLoad({ filter: /[/\\]kube[/\\]generated[/\\]schemas[/\\][a-z0-9]+-[a-z0-9]+\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const text = source.slice(source.indexOf('`') + 1, source.lastIndexOf('`'));
      const deflated = deflateRawSync(text, { level: 9 }).toString('base64');
      return {
        contents: `
          import { inflateRawSync } from 'node:zlib';
          export default () => inflateRawSync(Buffer.from('${deflated}', 'base64')).toString();
        `,
      };
    });
  },
};

/** lmdb and msgpackr look for their native modules in node_modules; on a host they lie beside orlop.js. */
const lmdbNative: Plugin = {
  name: 'lmdb-native',
  setup(builder) {
    // Its ES module asks for its own URL, which a bundle has not.
    builder.onResolve({ filter: /^lmdb$/ }, () => ({ path: join(root, 'node_modules/lmdb/dist/index.cjs') }));
    builder.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, () => ({
      path: 'native',
      namespace: 'orlop-native',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'orlop-native' }, () => ({
      contents:
        "module.exports = () => require(require('node:path').join(__dirname, 'lmdb-' + process.arch + '.node'));",
    }));
    builder.onResolve({ filter: /^msgpackr-extract$/ }, () => ({ path: 'msgpackr-extract', external: true }));
  },
};

function hashOfInputs(): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    const info = statSync(path);
    if (info.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`);
  };
  for (const path of ['runtime', 'tools/build.ts', 'package-lock.json']) visit(join(root, path));
  return hash.digest('hex');
}

if (require.main === module) {
  const started = Date.now();
  build({ force: process.argv.includes('--force') })
    .then((built) =>
      console.log(built ? `built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s` : 'dist/ is up to date'),
    )
    .catch((error: Error) => {
      console.error(`build: ${error.message}`);
      process.exit(1);
    });
}
