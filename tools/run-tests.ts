/**
 * All tests: unit, conformance, those that need a Docker Engine, and end to end. Prints what failed, and last `N passed, N failed`.
 *
 *   npm test                 everything
 *   npm test -- unit         one project (unit, conformance, docker, e2e)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build';

const root = join(__dirname, '..');
const all = ['unit', 'conformance', 'docker', 'e2e'];

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !all.includes(name));
  if (unknown) throw new Error(`there is no test project ${JSON.stringify(unknown)}: choose of ${all.join(', ')}`);
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'orlop-tests-'));
  let passed = 0;
  let failed = 0;
  for (const project of asked.length > 0 ? asked : all) {
    const report = join(folder, `${project}.json`);
    // One after the other where tests share the machine's Docker Engine.
    const serial = project === 'unit' || project === 'conformance' ? [] : ['--runInBand'];
    const args = [
      '--selectProjects',
      project,
      ...serial,
      '--passWithNoTests',
      '--forceExit',
      '--json',
      '--outputFile',
      report,
    ];
    const result = spawnSync(join(root, 'node_modules/.bin/jest'), args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (!existsSync(report))
      throw new Error(`jest --selectProjects ${project} ended with ${result.status ?? result.signal} and no report`);
    const counts = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
    passed += counts.numPassedTests;
    // A file that cannot run has no tests to count, and is a failure all the same.
    failed += counts.numFailedTests + counts.numRuntimeErrorTestSuites;
    if (result.status !== 0 && counts.numFailedTests + counts.numRuntimeErrorTestSuites === 0) failed += 1;
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exit(1);
}

main().catch((error: Error) => {
  console.error(`npm test: ${error.message}`);
  process.exit(1);
});
