/**
 * Every gate that needs no Docker: format and lint, types, import boundaries, unit tests.
 * Quick enough to run before each commit.
 *
 *   npm run check                all of them
 *   npm run check -- --static    all but the unit tests
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build';

const root = join(__dirname, '..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);

const gates: Array<[name: string, command: string, args: string[]]> = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['-p', '.']],
  [
    'boundaries',
    bin('depcruise'),
    ['main.ts', 'lib', 'runtime', 'tools', 'bench', 'test', 'examples', '--output-type', 'err'],
  ],
  ['unit tests', bin('jest'), ['--selectProjects', 'unit', '--maxWorkers', '100%', '--forceExit']],
];

async function check(): Promise<void> {
  await build();
  const asked = process.argv.includes('--static') ? gates.filter(([name]) => name !== 'unit tests') : gates;
  let failed = 0;
  for (const [name, command, args] of asked) {
    const started = Date.now();
    const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const passed = result.status === 0;
    if (!passed) process.stderr.write(`${result.stdout}${result.stderr}\n`);
    console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)`);
    if (!passed) failed += 1;
  }
  if (failed > 0) process.exit(1);
}

check().catch((error: Error) => {
  console.error(`npm run check: ${error.message}`);
  process.exit(1);
});
