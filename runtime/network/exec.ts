import { execFile } from 'node:child_process';

/**
 * Runs one program with exactly these arguments (no shell) and gives its standard output.
 * @throws CommandError when it cannot be started, fails, or takes longer than the limit.
 */
export type Exec = (argv: readonly string[], options?: { input?: string }) => Promise<string>;

/** A program that failed; the message holds the command in a form that can be pasted into a shell. */
export class CommandError extends Error {
  constructor(
    readonly argv: readonly string[],
    /** Exit status; undefined when it was not started or was ended by a signal. */
    readonly status: number | undefined,
    readonly stderr: string,
    /** The program is not installed. */
    readonly missing = false,
  ) {
    const how = missing ? 'is not installed' : status === undefined ? 'was ended' : `failed with status ${status}`;
    super(`${argv.map(quote).join(' ')}: ${how}${stderr ? `: ${stderr.trim()}` : ''}`);
    this.name = 'CommandError';
  }
}

const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Runs programs on this machine; each may take 20 s. */
export const systemExec: Exec = (argv, options = {}) =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    const child = execFile(
      program,
      args,
      { timeout: 20_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const status = typeof error.code === 'number' ? error.code : undefined;
        reject(new CommandError(argv, status, stderr, (error.code as unknown) === 'ENOENT'));
      },
    );
    // The program may end without reading its input; its status says what happened.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
