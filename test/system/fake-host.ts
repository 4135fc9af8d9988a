import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { type InstallOptions, type InstallRequest, install } from '../../runtime/provision/installer';
import { LocalConnection } from '../../runtime/provision/local-connection';
import type { NodePackage } from '../../runtime/provision/runtime-bundle';
import { type RuntimeBundle, readBundle, writeManifest } from '../../runtime/provision/runtime-bundle';

/** Stands for Node.js: notes how it was started, then waits; `node-cleanup` ends at once, and `-e` finds expired what says so. */
const fakeNode = `#!/bin/sh
[ "$1" = -e ] && { grep -q expired "$3" && exit 1; exit 0; }
while [ "$1" != "\${1#--}" ]; do shift; done
echo "$2 $(readlink -f "$1" | xargs dirname | xargs basename) $$" >>"$(dirname "$0")/../../../starts"
[ "$2" = node-cleanup ] && exit 0
trap 'exit 0' TERM
while :; do sleep 0.05; done
`;

/**
 * A folder of this machine as a host, with a bundle that carries a fake Node.js, and fake docker and sync commands: a
 * busy disk takes seconds to write what a test throws away.
 */
export class FakeHost {
  private constructor(
    readonly folder: string,
    readonly connection: LocalConnection,
    private readonly packageX64: NodePackage,
  ) {}

  /** @param options.apt the host lacks `nft`; its apt-get ends as the script says, in whose folder `$bin` programs go. */
  static async start(options: { docker?: boolean; apt?: string } = {}): Promise<FakeHost> {
    const folder = await mkdtemp(join(tmpdir(), 'orlop-host-'));
    await mkdir(join(folder, 'bin'));
    const docker = options.docker === false ? 'exit 1' : 'echo 20.10.24';
    await writeFile(join(folder, 'bin', 'docker'), `#!/bin/sh\n${docker}\n`, { mode: 0o755 });
    await writeFile(join(folder, 'bin', 'sync'), '#!/bin/sh\n', { mode: 0o755 });
    let path = `${join(folder, 'bin')}:${process.env.PATH}`;
    if (options.apt !== undefined) {
      await everyProgramBut(['nft'], join(folder, 'system'));
      const script = `#!/bin/sh\nbin=${folder}/bin\necho "$*" >>${folder}/apt\n${options.apt}\n`;
      await writeFile(join(folder, 'bin', 'apt-get'), script, { mode: 0o755 });
      await writeFile(join(folder, 'bin', 'dpkg'), '#!/bin/sh\n', { mode: 0o755 });
      path = `${join(folder, 'bin')}:${join(folder, 'system')}`;
    }
    // The agent's tools are never run here; a machine without them can still test.
    const stubs = ['ip', 'bridge', 'nsenter', 'sysctl', 'conntrack', ...(options.apt === undefined ? ['nft'] : [])];
    for (const tool of stubs) await writeFile(join(folder, 'bin', tool), '#!/bin/sh\n', { mode: 0o755 });
    const env = { ...process.env, PATH: path };
    const tarball = join(folder, 'node.tgz');
    const archive = pack();
    archive.entry({ name: 'package/README.md' }, 'no');
    archive.entry({ name: 'package/bin/node', mode: 0o755 }, fakeNode);
    archive.finalize();
    await pipeline(archive, createGzip(), createWriteStream(tarball));
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64')}`;
    return new FakeHost(folder, new LocalConnection({ env }), { name: 'fake-node', version: '1.0.0', integrity });
  }

  /** What apt-get was called with so far. */
  async aptCalls(): Promise<string[]> {
    const text = await readFile(join(this.folder, 'apt'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  get root(): string {
    return join(this.folder, 'root');
  }

  /** A built runtime whose content is `text`. */
  async bundle(text: string): Promise<RuntimeBundle> {
    const dir = join(this.folder, `bundle-${text}`);
    await mkdir(join(dir, 'sub'), { recursive: true });
    await writeFile(join(dir, 'orlop.js'), text);
    await writeFile(join(dir, 'sub', 'lmdb-x64.node'), 'x64');
    await writeFile(join(dir, 'sub', 'lmdb-arm64.node'), 'arm64');
    const node = { version: '1.0.0', packages: { x64: this.packageX64, arm64: this.packageX64 } };
    await writeManifest(dir, { node });
    return readBundle(dir);
  }

  install(request: InstallRequest, options: Partial<InstallOptions> = {}) {
    return install(this.connection, request, {
      target: 'root@fake:22',
      root: this.root,
      node: {
        cacheDir: join(this.folder, 'cache'),
        fetch: async (_spec, into) => writeFile(join(into, 'a.tgz'), await readFile(join(this.folder, 'node.tgz'))),
      },
      ...options,
    });
  }

  /** `<command> <version> <pid>` of every start of the fake Node.js so far. */
  async starts(): Promise<string[][]> {
    const text = await readFile(join(this.folder, 'starts'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Fills `folder` with links to this machine's programs. */
async function everyProgramBut(left: string[], folder: string): Promise<void> {
  await mkdir(folder);
  const names = new Set(left);
  for (const bin of (process.env.PATH ?? '').split(':')) {
    for (const name of await readdir(bin).catch(() => [])) {
      if (names.has(name)) continue;
      names.add(name);
      await symlink(join(bin, name), join(folder, name));
    }
  }
}

/** Polls until the condition holds; for what a process of the operating system does in its own time. */
export async function eventually<T>(condition: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the condition never held');
}
