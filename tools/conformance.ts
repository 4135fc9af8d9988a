/**
 * Runs the tests of Kubernetes' conformance behaviours, prints a table of what passed, failed and was not attempted by
 * class, and writes docs/conformance.md. A test whose name is no behaviour's is an error.
 *
 *   npm run conformance               all of them
 *   npm run conformance -- watch      the files whose path has this in it; writes no page
 *   npm run conformance -- --check    writes no page; fails when what the page says is passed no longer is
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  conformancePage,
  countByClass,
  parseBehaviours,
  passedOnPage,
  type TestResult,
  tally,
  textTable,
} from './conformance-report';

const root = join(__dirname, '..');
const page = join(root, 'docs/conformance.md');

interface JestReport {
  testResults: Array<{
    name: string;
    message: string;
    assertionResults: Array<TestResult & { failureMessages: string[] }>;
  }>;
}

/** Runs Jest and reads its report. What failed is printed by Jest itself. */
function runTests(filters: string[]): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-conformance-'));
  try {
    const file = join(folder, 'report.json');
    const args = ['--selectProjects', 'conformance', '--json', '--outputFile', file, '--silent', ...filters];
    const result = spawnSync(join(root, 'node_modules/.bin/jest'), args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      maxBuffer: 1 << 28,
    });
    if (!existsSync(file)) throw new Error(`jest ended with ${result.status ?? result.signal}: ${result.stderr}`);
    if (result.status !== 0) process.stderr.write(result.stderr);
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function main(): void {
  const check = process.argv.includes('--check');
  const filters = process.argv.slice(2).filter((arg) => arg !== '--check');
  const behaviours = parseBehaviours(readFileSync(join(root, 'test/conformance/behaviours.tsv'), 'utf8'));
  const { testResults } = runTests(filters);
  const result = tally(
    behaviours,
    testResults.flatMap(({ assertionResults }) => assertionResults),
  );
  const problems = [
    // A file that cannot run has no tests to count.
    ...testResults
      .filter(({ assertionResults, message }) => assertionResults.length === 0 && message)
      .map(({ name, message }) => `${name} could not run: ${message}`),
    ...result.unknown.map((name) => `no behaviour of test/conformance/behaviours.tsv is named ${JSON.stringify(name)}`),
    ...result.repeated.map((name) => `more than one test is named ${JSON.stringify(name)}`),
    ...[...result.outcomes]
      .filter(([, outcome]) => outcome === 'failed')
      .map(([{ codename }]) => `failed: ${codename}`),
  ];
  console.log(textTable(countByClass(result)));
  if (check) {
    const passed = new Set([...result.outcomes].filter(([, o]) => o === 'passed').map(([{ codename }]) => codename));
    const lost = passedOnPage(readFileSync(page, 'utf8')).filter((name) => !passed.has(name));
    problems.push(...lost.map((name) => `docs/conformance.md says passed, and it did not: ${name}`));
  } else if (filters.length === 0) writeFileSync(page, conformancePage(result));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
}

main();
