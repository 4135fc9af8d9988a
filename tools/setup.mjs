#!/usr/bin/env node
// Makes a fresh machine ready: npm packages, terraform or tofu, a Docker Engine, a base image. Plain JavaScript without
// packages, since it runs before any is installed. Run again, it finds everything in place and takes well under a second.
//
//   node tools/setup.mjs              everything
//   node tools/setup.mjs --packages   npm packages only
//   node tools/setup.mjs --tests      everything, and the programs that only tests run
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stateDir = join(root, '.orlop');
const baseImage = 'debian:bookworm-slim';

main().catch((error) => {
  process.stderr.write(`orlop set-up: ${error.message}\n`);
  process.exit(1);
});

async function main() {
  installPackages();
  if (process.argv.includes('--packages')) return;
  requireTerraform();
  await ensureDocker();
  ensureBaseImage();
  if (!process.argv.includes('--tests')) return;
  ensureEtcd();
  ensureTestPrograms();
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function step(text, run) {
  const started = Date.now();
  say(`· ${text} …`);
  const result = run();
  const done = () => say(`✓ ${text} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return result instanceof Promise ? result.then(done) : done();
}

/**
 * Installs what package-lock.json says when the installed packages are not those. `npm install` rather than `npm ci`: the
 * latter refuses a registry mirror that lacks the optional packages of other platforms.
 */
function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.orlop-stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  step('installing npm packages', () => {
    run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(stamp, wanted);
  });
}

function requireTerraform() {
  const names = process.env.TERRAFORM_BINARY_NAME ? [process.env.TERRAFORM_BINARY_NAME] : ['terraform', 'tofu'];
  if (names.some((name) => works(name, ['version']))) return;
  throw new Error(
    `needs Terraform or OpenTofu, and found no ${names.join(' or ')} on the PATH: install Terraform 1.11 or later ` +
      '(https://developer.hashicorp.com/terraform/install) or OpenTofu 1.11 or later (https://opentofu.org/docs/intro/install/)',
  );
}

async function ensureDocker() {
  if (await dockerAnswers()) return;
  const hint =
    'install and start Docker Engine (https://docs.docker.com/engine/install/) or Docker Desktop, then run this again';
  if (process.env.DOCKER_HOST)
    throw new Error(
      `DOCKER_HOST is ${process.env.DOCKER_HOST}, and no Docker Engine answers there: start it, or unset DOCKER_HOST`,
    );
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!which('dockerd')) {
    if (!canInstall) throw new Error(`needs a Docker Engine, and none answers at /var/run/docker.sock: ${hint}`);
    step('installing Docker Engine from Debian’s packages', () => apt('docker.io', 'iptables', 'ca-certificates'));
  }
  if (process.getuid?.() !== 0)
    throw new Error(
      `Docker Engine is installed but does not answer at /var/run/docker.sock: start it (for instance: sudo systemctl start docker), then run this again`,
    );
  await step('starting Docker Engine', startDockerd);
}

/** Starts dockerd for as long as `npm run down` lets it: its process id is kept in .orlop/dockerd.json. */
async function startDockerd() {
  if (existsSync('/run/systemd/system')) run('systemctl', ['start', 'docker']);
  else {
    mkdirSync(stateDir, { recursive: true });
    const log = openSync(join(stateDir, 'dockerd.log'), 'a');
    const child = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] });
    child.unref();
    writeFileSync(join(stateDir, 'dockerd.json'), JSON.stringify({ pid: child.pid }));
  }
  for (let i = 0; i < 120; i++) {
    if (await dockerAnswers()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`Docker Engine did not answer within 30 s: see ${join(stateDir, 'dockerd.log')}`);
}

function dockerAnswers() {
  const host = process.env.DOCKER_HOST;
  if (host && !host.startsWith('unix://')) return Promise.resolve(works('docker', ['version']));
  const socketPath = host ? host.slice('unix://'.length) : '/var/run/docker.sock';
  return new Promise((resolve) => {
    const probe = request({ socketPath, path: '/_ping', timeout: 3000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    probe.on('timeout', () => probe.destroy());
    probe.on('error', () => resolve(false));
    probe.end();
  });
}

/** The image that node and example images build on: pulled where a registry can be reached, else made with debootstrap. */
function ensureBaseImage() {
  if (works('docker', ['image', 'inspect', baseImage])) return;
  say(`· looking for ${baseImage} …`);
  if (spawnSync('docker', ['pull', '--quiet', baseImage], { timeout: 60_000, stdio: 'ignore' }).status === 0) return;
  const canMake = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!canMake)
    throw new Error(
      `needs the image ${baseImage}: no image registry can be reached to pull it, and only root on Debian can make it; load it (docker load) and run this again`,
    );
  if (!which('debootstrap')) step('installing debootstrap', () => apt('debootstrap'));
  step(`making ${baseImage} with debootstrap (no image registry can be reached)`, makeBaseImage);
}

/**
 * The etcd that test/system/etcd starts: of the PATH, else unpacked from Debian's package. It is not installed: that would
 * start a service. Where neither can be, those tests fail and say so.
 */
function ensureEtcd() {
  const program = join(stateDir, 'tools', 'etcd');
  if (process.env.ORLOP_ETCD || which('etcd') || existsSync(program)) return;
  if (!which('apt-get') || !which('dpkg-deb')) {
    say('! no etcd: put one on the PATH for the tests in test/system/etcd');
    return;
  }
  step('unpacking etcd from Debian’s package, for tests', () => {
    const work = mkdtempSync(join(tmpdir(), 'orlop-etcd-'));
    try {
      // As root apt would download as a user who may not write here.
      const download = () =>
        spawnSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', 'etcd-server'], { cwd: work });
      if (download().status !== 0) {
        spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
        if (download().status !== 0) return say('! etcd-server could not be downloaded: tests that need it will fail');
      }
      const [file] = readdirSync(work);
      run('dpkg-deb', ['-x', join(work, file), work]);
      mkdirSync(join(stateDir, 'tools'), { recursive: true });
      copyFileSync(join(work, 'usr/bin/etcd'), program);
      chmodSync(program, 0o755);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/** Programs that tests run, and Debian's packages that bring them. */
const testPrograms = {
  nft: 'nftables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  strace: 'strace',
  'ssh-keygen': 'openssh-client',
};

/** The network of nodes, and what cuts the store's writes. Where they cannot be installed those tests fail and say so. */
function ensureTestPrograms() {
  const missing = Object.entries(testPrograms).filter(([program]) => !which(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version'))
    step(`installing ${packages.join(', ')}, for tests`, () => apt(...packages));
  else
    say(
      `! no ${missing.map(([program]) => program).join(', ')}: install them for the tests in test/docker and test/system`,
    );
}

function makeBaseImage() {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  const mirror = existsSync(sources) ? /^URIs:\s*(\S+)/m.exec(readFileSync(sources, 'utf8'))?.[1] : undefined;
  const work = mkdtempSync(join(tmpdir(), 'orlop-base-'));
  const rootfs = join(work, 'rootfs');
  try {
    run('debootstrap', ['--variant=minbase', 'bookworm', rootfs, ...(mirror ? [mirror] : [])], 'ignore');
    if (existsSync(sources)) {
      rmSync(join(rootfs, 'etc/apt/sources.list'), { force: true });
      copyFileSync(sources, join(rootfs, 'etc/apt/sources.list.d/debian.sources'));
    }
    for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale']) {
      rmSync(join(rootfs, path), { recursive: true, force: true });
      mkdirSync(join(rootfs, path), { recursive: true });
    }
    mkdirSync(join(rootfs, 'var/cache/apt/archives/partial'), { recursive: true });
    run('tar', ['-C', rootfs, '--numeric-owner', '-cf', join(work, 'base.tar'), '.']);
    run('docker', ['import', '--change', 'CMD ["bash"]', join(work, 'base.tar'), baseImage], 'ignore');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function apt(...packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, encoding: 'utf8' });
  if (install().status === 0) return;
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const result = install();
  if (result.status !== 0) throw new Error(`apt-get install ${packages.join(' ')} failed:\n${result.stderr}`);
}

function run(command, args, stdout = 'inherit') {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', stdout === 'inherit' ? process.stderr : stdout, 'inherit'],
  });
  if (result.error) throw new Error(`${command} could not be run: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${result.status ?? result.signal}`);
}

function works(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function which(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)));
}
