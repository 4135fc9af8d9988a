import { footprintTable } from '../../bench/footprint';
import { podStartTable } from '../../bench/pod-start';
import { median, percentile, spread, table } from '../../bench/statistics';
import { upTable } from '../../bench/up';

test('a percentile is one of the samples, by nearest rank', () => {
  const samples = [5, 1, 4, 2, 3];
  expect([0, 0.2, 0.5, 0.99, 1].map((p) => percentile(samples, p))).toEqual([1, 1, 3, 5, 5]);
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(() => percentile([], 0.5)).toThrow(/no samples/);
});

test('a spread shows the median between the extremes', () => {
  expect(spread([3, 1, 2])).toBe('2.0 (1.0..3.0)');
});

test('a table lines up', () => {
  expect(
    table([
      ['what', 'ms'],
      ['a pod', 7],
    ]),
  ).toBe('| what  |   ms |\n| ----- | ---: |\n| a pod |    7 |');
});

test('runs of up become a row a step, with zero for a step that a run skipped', () => {
  const run = (apply: number) => ({
    up: { synth: 2, apply, total: apply + 3 },
    again: { synth: 2, total: 4 },
    down: 5,
  });
  const rows = upTable([run(10), run(30), run(20)]).split('\n');
  expect(rows.find((row) => row.startsWith('| apply'))).toMatch(/20\.00 \(10\.00\.\.30\.00\) \|\s+0\.00/);
  expect(rows.find((row) => row.startsWith('| total'))).toMatch(/23\.0 \(13\.0\.\.33\.0\)/);
});

test('pod starts are told as a ratio to the peer', () => {
  const rows = podStartTable({ pod: [100, 200], docker: [200, 400] }).split('\n');
  expect(rows.at(-1)).toMatch(/ratio\s+\|\s+0\.50 \|\s+0\.50 \|\s+0\.50/);
});

test('the footprint has a row a process and state', () => {
  const usage = { process: 'agent', container: 'c', rssMiB: 50, pssMiB: 40, cpu: 0.25 };
  expect(footprintTable([usage], [usage]).split('\n')).toHaveLength(4);
});
