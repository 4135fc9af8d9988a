/** Every gate that needs no Docker: format and lint, types, import boundaries, unit tests. Quick enough to run before each commit. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build';

const root = join(__dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const gates: Array<[name: string, command: string, args: string[]]> = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['-p', '.']],
  ['boundaries', bin('depcruise'), ['main.ts', 'lib', 'runtime', 'tools', 'bench', 'test', '--output-type', 'err']],
  ['unit tests', bin('jest'), ['--selectProjects', 'unit', ...process.argv.slice(2)]],
];

async function check(): Promise<void> {
  await build();
  for (const [name, command, args] of gates) {
    const started = Date.now();
    const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (result.status !== 0) {
      process.stderr.write(`${result.stdout}${result.stderr}\n✗ ${name} (${seconds} s)\n`);
      process.exit(1);
    }
    console.log(`✓ ${name} (${seconds} s)`);
  }
}

check().catch((error: Error) => {
  console.error(`npm run check: ${error.message}`);
  process.exit(1);
});
