import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HttpApiClient } from '../../../runtime/client/http-client';
import { parseKubeconfig } from '../../../runtime/client/kubeconfig';
import { type CdktfResult, cdktf } from '../../../tools/cdktf';
import { kubeClients } from '../../../tools/kube-clients';
import { fetchKubeconfig, type StackState, stackState } from '../../../tools/stack-state';

const run = promisify(execFile);
export const repository = join(__dirname, '../../..');

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; a non-zero exit is a result. */
export async function command(
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const promise = run(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 28,
    timeout: options.timeoutMs ?? 300_000,
  });
  if (options.input !== undefined) promise.child.stdin?.end(options.input);
  return promise.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number; stdout?: string; stderr?: string; message: string }) => ({
      code: typeof error.code === 'number' ? error.code : -1,
      stdout: error.stdout ?? '',
      stderr: error.stderr || error.message,
    }),
  );
}

/** A cdktf project of its own folder, driven by the real cdktf, terraform, kubectl and Helm. */
export class Project {
  readonly folder: string;
  readonly kubeconfigFile: string;

  constructor(
    readonly stack: string,
    private readonly mainFile: string,
  ) {
    this.folder = join(repository, '.orlop', 'e2e', stack);
    this.kubeconfigFile = join(this.folder, 'kubeconfig');
    mkdirSync(this.folder, { recursive: true });
    // The program runs from the repository, so that it finds the examples; its state and output lie in the folder.
    writeFileSync(
      join(this.folder, 'cdktf.json'),
      JSON.stringify({
        language: 'typescript',
        app: `cd ${repository} && node --import tsx ${this.mainFile}`,
        projectId: this.stack,
        output: join(this.folder, 'cdktf.out'),
        sendCrashReports: 'false',
      }),
    );
  }

  get stackFolder(): string {
    return join(this.folder, 'cdktf.out', 'stacks', this.stack);
  }

  deploy(env: NodeJS.ProcessEnv = {}, signal?: AbortSignal): Promise<CdktfResult> {
    return cdktf(['deploy', '--auto-approve', this.stack], { cwd: this.folder, env: this.environment(env), signal });
  }

  destroy(env: NodeJS.ProcessEnv = {}): Promise<CdktfResult> {
    this.forgetKubeconfig();
    return cdktf(['destroy', '--auto-approve', this.stack], { cwd: this.folder, env: this.environment(env) });
  }

  /** The next cluster has another CA. */
  forgetKubeconfig(): void {
    rmSync(this.kubeconfigFile, { force: true });
  }

  synth(env: NodeJS.ProcessEnv = {}): Promise<CdktfResult> {
    return cdktf(['synth'], { cwd: this.folder, env: this.environment(env) });
  }

  /** Synthesizes, then plans with terraform itself: 0 is "no changes", 2 is "changes", 1 an error. */
  async plan(env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const synthesized = await this.synth(env);
    if (synthesized.code !== 0) return { code: 1, stdout: synthesized.output, stderr: '' };
    return this.terraform(['plan', '-input=false', '-no-color', '-detailed-exitcode'], env);
  }

  terraform(args: string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    return command(process.env.TERRAFORM_BINARY_NAME ?? 'terraform', args, {
      cwd: this.stackFolder,
      env: this.environment(env),
    });
  }

  /** Starts a terraform run that a test means to kill or interrupt. */
  start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.env.TERRAFORM_BINARY_NAME ?? 'terraform', args, {
      cwd: this.stackFolder,
      env: { ...process.env, ...this.environment(env) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  state(): StackState {
    const state = stackState(this.stack, this.folder);
    if (!state) throw new Error(`stack ${this.stack} is not deployed`);
    return state;
  }

  async kubeconfig(): Promise<string> {
    if (!existsSync(this.kubeconfigFile)) {
      writeFileSync(this.kubeconfigFile, await fetchKubeconfig(this.state()), { mode: 0o600 });
    }
    return this.kubeconfigFile;
  }

  async kubectl(args: string[], input?: string): Promise<CommandResult> {
    const { kubectl } = await kubeClients();
    return command(kubectl, ['--kubeconfig', await this.kubeconfig(), ...args], { input });
  }

  /** As `kubectl`, for a command that must succeed; returns what it printed. */
  async kube(...args: string[]): Promise<string> {
    const result = await this.kubectl(args);
    if (result.code !== 0)
      throw new Error(`kubectl ${args.join(' ')} ended with ${result.code}: ${result.stderr}${result.stdout}`);
    return result.stdout;
  }

  async client(): Promise<HttpApiClient> {
    return new HttpApiClient(await parseKubeconfig(readFileSync(await this.kubeconfig(), 'utf8')));
  }

  /** Takes away the folder, and the state where cdktf's local backend keeps it: where the program runs. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    for (const end of ['', '.backup'])
      rmSync(join(repository, `terraform.${this.stack}.tfstate${end}`), { force: true });
  }

  private environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { CHECKPOINT_DISABLE: '1', ...env };
  }
}
