import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  conformancePage,
  countByClass,
  parseBehaviours,
  passedOnPage,
  tally,
  textTable,
} from '../../tools/conformance-report';

const list = parseBehaviours(
  '# comment\nA [Conformance]\tL0-api\twatch\nB | C\tL0-api\twatch\nD\tL1-controllers\tgc\n',
);

it('counts what passed, failed and was not attempted by class', () => {
  const result = tally(list, [
    { fullName: 'A [Conformance]', status: 'passed' },
    { fullName: 'B | C', status: 'failed' },
    { fullName: 'D', status: 'todo' },
  ]);
  expect(countByClass(result)).toEqual([
    ['L0-api', 'watch', '1', '1', '0'],
    ['L1-controllers', 'gc', '0', '0', '1'],
    ['', 'all', '1', '1', '1'],
  ]);
  expect(textTable(countByClass(result)).split('\n')[1]).toBe('L0-api          watch       1       1              0');
});

it('tells of tests that no behaviour names, and of names that two tests have', () => {
  const results = ['A [Conformance]', 'A', 'A [Conformance]'].map((fullName) => ({ fullName, status: 'passed' }));
  expect(tally(list, results)).toMatchObject({ unknown: ['A'], repeated: ['A [Conformance]'] });
});

it('a failure of one of two tests of a name stays a failure', () => {
  const results = ['failed', 'passed'].map((status) => ({ fullName: 'D', status }));
  expect(countByClass(tally(list, results)).at(-1)).toEqual(['', 'all', '0', '1', '2']);
});

it('reads from the page what it says is passed', () => {
  const results = ['A [Conformance]', 'B | C'].map((fullName) => ({ fullName, status: 'passed' }));
  expect(passedOnPage(conformancePage(tally(list, results)))).toEqual(['A [Conformance]', 'B | C']);
});

it('refuses a list with a line of another form', () => {
  expect(() => parseBehaviours('A L0 watch')).toThrow('not codename, level and class between tabs: "A L0 watch"');
});

it('the page lists the behaviours of the list, in its order', () => {
  const root = join(__dirname, '../..');
  const behaviours = parseBehaviours(readFileSync(join(root, 'test/conformance/behaviours.tsv'), 'utf8'));
  const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8');
  const names = page.split('\n').flatMap((line) => /^\| (\[sig-.*) \| [^|]+ \| [^|]+ \|$/.exec(line)?.[1] ?? []);
  expect(names).toEqual(behaviours.map(({ codename }) => codename));
});
