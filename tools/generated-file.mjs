// Where generators leave what they make: in its file, or with --check compared with what stands there.
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);

/** Writes a generated file of the repository; with `--check` on the command line, fails unless it is there already. */
export function put(path, text) {
  const file = new URL(path, root);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    throw new Error(`${path} is not what its generator writes: run "npm run generate"`);
  }
}
