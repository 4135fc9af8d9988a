import { machine, noise } from './machine';
import { isDeployed, npmRun, summary } from './stack';
import { spread, table } from './statistics';

export interface UpRun {
  /** Seconds of `npm run up` from no container, volume or network, by step. */
  up: Record<string, number>;
  /** Of the same command again, with nothing to change. */
  again: Record<string, number>;
  down: number;
}

/** The steps of `npm run up` in their order; what a run does not have took no time to speak of. */
const steps = ['build', 'node', 'synth', 'init', 'plan', 'apply', 'summary', 'total'];

export async function benchUp(runs: number, say: (text: string) => void): Promise<string> {
  if (isDeployed())
    throw new Error('the stack of main.ts is deployed: run "npm run down" first, this measures from nothing');
  const about = machine();
  const disturbed = noise();
  const results: UpRun[] = [];
  for (let run = 1; run <= runs; run++) {
    await npmRun('up');
    const up = summary();
    const notReady = [...up.nodes, ...up.pods].filter((each) => !each.ready);
    if (notReady.length > 0)
      throw new Error(`not Ready after "npm run up": ${notReady.map(({ name }) => name).join(', ')}`);
    await npmRun('up');
    const again = summary();
    const down = await npmRun('down');
    results.push({ up: up.seconds, again: again.seconds, down });
    say(
      `run ${run} of ${runs}: up ${up.seconds.total} s, up again ${again.seconds.total} s, down ${down.toFixed(1)} s`,
    );
  }
  return [about, ...(disturbed ? [disturbed] : []), '', upTable(results)].join('\n');
}

/** Seconds: median (lowest..highest). */
export function upTable(results: readonly UpRun[]): string {
  const row = (name: string, of: (run: UpRun) => number) => spread(results.map(of), name === 'total' ? 1 : 2);
  return table([
    [`seconds, ${results.length} runs`, 'up', 'up again, no change'],
    ...steps.map((step) => [step, row(step, ({ up }) => up[step] ?? 0), row(step, ({ again }) => again[step] ?? 0)]),
    ['down', row('total', ({ down }) => down), ''],
  ]);
}
