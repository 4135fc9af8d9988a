/** Benchmarks, each one command of under six minutes; docs/benchmarks.md has their results. */
import { build } from '../tools/build';
import { benchApi } from './api';
import { benchFootprint } from './footprint';
import { benchPodStart } from './pod-start';
import { withStack } from './stack';
import { benchStore } from './store';
import { benchUp } from './up';

const say = (text: string) => void process.stderr.write(`${text}\n`);

interface Benchmark {
  about: string;
  run(count: number | undefined): Promise<string>;
  /** Needs nothing that is built for a deploy. */
  standsAlone?: boolean;
}

const benchmarks: Record<string, Benchmark> = {
  up: {
    about: 'npm run up, the same again, and npm run down: seconds of each step [5 times]',
    run: (count) => benchUp(count ?? 5, say),
  },
  'pod-start': {
    about: 'POST of a pod until it is Ready, beside Docker’s own start of the same container [40 of each]',
    run: (count) => withStack((client) => benchPodStart(client, count ?? 40)),
  },
  store: {
    about: 'the embedded store beside bare LMDB and beside an append with fdatasync [3 seconds each]',
    run: (count) => benchStore(count ?? 3),
  },
  footprint: {
    about: 'memory and processor time of server and agent, idle and with 30 pods [60 seconds each]',
    run: (count) => withStack((client) => benchFootprint(client, count ?? 60)),
  },
  api: {
    about: 'create, get, list and watch beside a bare HTTPS server, memory of a pod [60000 gets]',
    run: (count) => benchApi(count, say),
    standsAlone: true,
  },
};

const usage = `npm run bench -- NAME [COUNT]

${Object.entries(benchmarks)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join('\n')}

All but "up", "api" and "store" use the stack that "npm run up" left, or deploy it for the while.
`;

async function main([name, count]: string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h') return console.log(usage);
  const benchmark = benchmarks[name];
  if (!benchmark) throw new Error(`there is no benchmark ${JSON.stringify(name)}\n\n${usage}`);
  if (count !== undefined && !/^[1-9]\d{0,4}$/.test(count)) {
    throw new Error(`the count is ${JSON.stringify(count)}: it must be a whole number from 1 to 99999`);
  }
  if (!benchmark.standsAlone) await build();
  console.log(await benchmark.run(count === undefined ? undefined : Number(count)));
}

main(process.argv.slice(2)).catch((error: Error) => {
  say(`bench: ${error.message}`);
  process.exitCode = 1;
});
