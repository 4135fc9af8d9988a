import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Mounting on the node. A seam: tests run without the right to mount. */
export interface Mounter {
  tmpfs(folder: string, sizeBytes: number | undefined): Promise<void>;
  /** Makes `source` (a file or folder) appear at `target`, which exists. */
  bind(source: string, target: string): Promise<void>;
  unmount(target: string): Promise<void>;
  /** Everything mounted at or below `folder`, the deepest first. */
  below(folder: string): Promise<string[]>;
}

/** The node's own mounts, by mount(8). */
export const systemMounter: Mounter = {
  tmpfs: (folder, sizeBytes) =>
    run('mount', ['-t', 'tmpfs', '-o', sizeBytes ? `mode=0777,size=${sizeBytes}` : 'mode=0777', 'tmpfs', folder]),
  bind: (source, target) => run('mount', ['--no-canonicalize', '--bind', source, target]),
  unmount: (target) => run('umount', ['--no-canonicalize', '-l', target]),
  async below(folder) {
    const points = (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .map((line) => decodeOctal(line.split(' ')[4] ?? ''));
    return points
      .filter((point) => point === folder || point.startsWith(`${folder}/`))
      .sort((a, b) => b.length - a.length);
  },
};

/** mountinfo writes spaces and the like as octal. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 20_000 }, (error, _stdout, stderr) =>
      error ? reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`)) : resolve(),
    );
  });
}
