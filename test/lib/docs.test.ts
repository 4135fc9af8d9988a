import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerraformOutput, TerraformStack, Testing } from 'cdktf';
import * as orlop from '../../lib';
import { clusterWithServer } from './synth';

const text = (name: string) => readFileSync(join(__dirname, '../../docs', name), 'utf8');
const examples = (name: string) => [...text(name).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);

/** Runs the examples of a page one after the other, as the body of a stack's constructor. */
function run(stack: TerraformStack, name: string, more: object = {}): void {
  const scope = { ...orlop, TerraformOutput, ...more };
  new Function(...Object.keys(scope), examples(name).join('\n')).call(stack, ...Object.values(scope));
}

// The examples make clusters of containers: none may ask which docker provider can be had.
const chosen = process.env.ORLOP_DOCKER_PROVIDER;
beforeAll(() => {
  process.env.ORLOP_DOCKER_PROVIDER = 'bundled';
});
afterAll(() => {
  if (chosen === undefined) delete process.env.ORLOP_DOCKER_PROVIDER;
  else process.env.ORLOP_DOCKER_PROVIDER = chosen;
});

test.each(['nodes.md', 'terraform.md'])('the examples of docs/%s synthesize', (name) => {
  const stack = new TerraformStack(Testing.app(), 'stack');
  expect(examples(name)).not.toEqual([]);
  run(stack, name);
  expect(() => Testing.synth(stack, true)).not.toThrow();
});

test('the examples of docs/workloads.md synthesize', () => {
  const { stack, cluster } = clusterWithServer();
  expect(examples('workloads.md').length).toBeGreaterThan(3);
  run(stack, 'workloads.md', { cluster });
  expect(() => Testing.synth(stack, true)).not.toThrow();
});

test('what the pages link to is there', () => {
  for (const name of [
    'nodes.md',
    'workloads.md',
    'architecture.md',
    'terraform.md',
    'development.md',
    '../README.md',
  ]) {
    for (const [, target = ''] of text(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect({ target, there: existsIn(name, target) }).toEqual({ target, there: true });
    }
  }
});

function existsIn(page: string, target: string): boolean {
  return existsSync(join(__dirname, '../../docs', page, '..', target));
}
