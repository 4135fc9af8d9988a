/** One behaviour of Kubernetes' conformance suite. */
export interface Behaviour {
  /** The name of the suite's own test. */
  codename: string;
  /** What it needs: `L0-api`, `L1-controllers`, `L2-containers`. */
  level: string;
  /** What it is about: `watch`, `resourcequota`. */
  class: string;
}

export type Outcome = 'passed' | 'failed' | 'not attempted';

/** A test that ran, as Jest's report names it. */
export interface TestResult {
  fullName: string;
  /** `passed`, `failed`; anything else (`pending`, `todo`) did not run. */
  status: string;
}

export interface Tally {
  outcomes: Map<Behaviour, Outcome>;
  /** Tests whose name no behaviour has. */
  unknown: string[];
  /** Behaviours that more than one test claims. */
  repeated: string[];
}

/** Reads test/conformance/behaviours.tsv. @throws Error for a line without three columns */
export function parseBehaviours(text: string): Behaviour[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [codename, level, name, ...more] = line.split('\t');
      if (!codename || !level || !name || more.length > 0) {
        throw new Error(`not codename, level and class between tabs: ${JSON.stringify(line)}`);
      }
      return { codename, level, class: name };
    });
}

/** What became of each behaviour. */
export function tally(behaviours: readonly Behaviour[], results: readonly TestResult[]): Tally {
  const byName = new Map(behaviours.map((each) => [each.codename, each]));
  const outcomes = new Map<Behaviour, Outcome>(behaviours.map((each) => [each, 'not attempted']));
  const unknown: string[] = [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { fullName, status } of results) {
    const behaviour = byName.get(fullName);
    if (!behaviour) {
      unknown.push(fullName);
      continue;
    }
    if (seen.has(fullName)) repeated.add(fullName);
    seen.add(fullName);
    const outcome: Outcome = status === 'passed' || status === 'failed' ? status : 'not attempted';
    if (outcomes.get(behaviour) !== 'failed') outcomes.set(behaviour, outcome);
  }
  return { outcomes, unknown, repeated: [...repeated] };
}

const columns: Outcome[] = ['passed', 'failed', 'not attempted'];

/** Counts by class, and last of all of them: rows of class, passed, failed, not attempted. */
export function countByClass({ outcomes }: Tally): string[][] {
  const count = (of: Outcome[]) => columns.map((column) => String(of.filter((each) => each === column).length));
  const classes = new Map<string, Outcome[]>();
  for (const [{ level, class: name }, outcome] of outcomes) {
    const key = `${level}\t${name}`;
    classes.set(key, [...(classes.get(key) ?? []), outcome]);
  }
  const rows = [...classes].map(([key, of]) => [...(key.split('\t') as [string, string]), ...count(of)]);
  return [...rows, ['', 'all', ...count([...outcomes.values()])]];
}

const head = ['level', 'class', ...columns];

/** The counts as columns for a terminal. */
export function textTable(counts: readonly string[][]): string {
  const rows = [head, ...counts];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

const intro = `<!-- Written by tools/conformance.ts ("npm run conformance"). Do not edit. -->

# Conformance

Kubernetes' published conformance behaviours (v1.36) that an API server and its controllers can show without containers,
each with our own test under its upstream name in [test/conformance/](../test/conformance). Kubernetes' own suite is not
part of this project. \`npm run conformance\` runs the tests and writes this page; \`npm run conformance -- --check\` fails when a behaviour
that stands here as passed no longer passes.
`;

/** The page docs/conformance.md. */
export function conformancePage(result: Tally): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = (rows: readonly string[][], header: readonly string[]) =>
    [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
  const each = [...result.outcomes].map(([{ codename, class: name }, outcome]) => [
    codename.replaceAll('|', '\\|'),
    name,
    outcome,
  ]);
  return `${intro}\n${table(countByClass(result), head)}\n\n## Behaviours\n\n${table(each, ['behaviour', 'class', 'outcome'])}\n`;
}

/** The behaviours that a page says are passed. */
export function passedOnPage(page: string): string[] {
  return page
    .split('\n')
    .map((line) => /^\| (.*) \| [^|]+ \| passed \|$/.exec(line)?.[1]?.replaceAll('\\|', '|'))
    .filter((name) => name !== undefined);
}
