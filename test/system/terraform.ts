import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, stop } from 'esbuild';

let bundled: Promise<string> | undefined;

/** The provider as one file, bundled once a test process. */
function providerFile(): Promise<string> {
  bundled ??= (async () => {
    const outfile = join(await mkdtemp(join(tmpdir(), 'orlop-provider-')), 'provider.js');
    await build({
      entryPoints: [resolve(__dirname, '../../runtime/terraform/orlop/main.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'error',
      external: ['cpu-features', './crypto/build/Release/sshcrypto.node', 'bufferutil', 'utf-8-validate'],
      outfile,
    });
    await stop();
    return outfile;
  })();
  return bundled;
}

export interface Outcome {
  code: number;
  /** Standard output and error. */
  text: string;
}

/** A Terraform working folder with the orlop provider in it, run by the real terraform. */
export class Terraform {
  private constructor(readonly folder: string) {}

  static async start(): Promise<Terraform> {
    const folder = await mkdtemp(join(tmpdir(), 'orlop-tf-'));
    const target = join(
      folder,
      'terraform.d/plugins/orlop.local/orlop/orlop/0.0.1',
      `linux_${process.arch === 'x64' ? 'amd64' : 'arm64'}`,
    );
    mkdirSync(target, { recursive: true });
    const file = join(target, 'terraform-provider-orlop_v0.0.1');
    await writeFile(file, `#!/bin/sh\nexec ${process.execPath} ${await providerFile()}\n`);
    chmodSync(file, 0o755);
    return new Terraform(folder);
  }

  /** Writes main.tf.json: the provider's configuration and the resources. */
  async configure(provider: object | object[], resource: object, more: object = {}): Promise<void> {
    const content = {
      terraform: { required_providers: { orlop: { source: 'orlop.local/orlop/orlop', version: '0.0.1' } } },
      provider: { orlop: provider },
      ...(Object.keys(resource).length > 0 ? { resource } : {}),
      ...more,
    };
    await writeFile(join(this.folder, 'main.tf.json'), JSON.stringify(content, null, 2));
    if (!this.initialized) {
      const { code, text } = await this.run('init');
      if (code !== 0) throw new Error(text);
      this.initialized = true;
    }
  }

  private initialized = false;

  run(...argv: string[]): Promise<Outcome> {
    return this.runWith({}, ...argv);
  }

  /** Starts terraform and kills it, and nothing else, after so long; resolves when it is gone. */
  async killed(afterMs: number, ...argv: string[]): Promise<void> {
    const child = spawn('terraform', argv, { cwd: this.folder, stdio: 'ignore' });
    const gone = once(child, 'exit');
    await new Promise((done) => setTimeout(done, afterMs));
    child.kill('SIGKILL');
    await gone;
    // Its lock file would make the next run ask for -lock=false; a person removes it, or uses a backend that knows.
    await rm(join(this.folder, '.terraform.tfstate.lock.info'), { force: true });
  }

  runWith(env: Record<string, string>, ...argv: string[]): Promise<Outcome> {
    const flags = {
      init: ['-no-color', '-input=false'],
      show: ['-no-color'],
      state: [],
      output: ['-no-color'],
    } as Record<string, string[]>;
    const [command = '', ...rest] = argv;
    const all = [command, ...(flags[command] ?? ['-no-color', '-input=false']), ...rest];
    return new Promise((done) => {
      execFile(
        'terraform',
        all,
        { cwd: this.folder, env: { ...process.env, CHECKPOINT_DISABLE: '1', ...env }, maxBuffer: 64 << 20 },
        (error, stdout, stderr) =>
          done({ code: error ? ((error.code as unknown as number) ?? 1) : 0, text: stdout + stderr }),
      );
    });
  }

  apply(env: Record<string, string> = {}): Promise<Outcome> {
    return this.runWith(env, 'apply', '-auto-approve');
  }

  /** 0: nothing to do; 2: changes; 1: an error. */
  plan(...argv: string[]): Promise<Outcome> {
    return this.run('plan', '-detailed-exitcode', ...argv);
  }

  async state(): Promise<string> {
    return readFile(join(this.folder, 'terraform.tfstate'), 'utf8');
  }

  /** Attributes of one resource in the state. */
  async attributes(address: string): Promise<Record<string, unknown> | undefined> {
    const state = JSON.parse(await this.state()) as {
      resources: Array<{
        type: string;
        name: string;
        instances: Array<{ attributes: Record<string, unknown>; status?: string }>;
      }>;
    };
    const found = state.resources.find(({ type, name }) => `${type}.${name}` === address);
    return (
      found?.instances[0] && { ...found.instances[0].attributes, tainted: found.instances[0].status === 'tainted' }
    );
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
