// Where generators leave what they make: in its file, or with --check compared with what stands there.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const checking = process.argv.includes('--check');

/**
 * Writes a folder of generated files, by name, and removes others; with `--check` on the command line, fails unless
 * just these are there already.
 */
export function putFolder(folder, files) {
  const at = (name) => new URL(`${folder}/${name}`, root);
  if (!checking) mkdirSync(at(''), { recursive: true });
  for (const name of readdirSync(at(''))) {
    if (name in files) continue;
    if (checking) throw new Error(`${folder}/${name} is written by no generator any more: run "npm run generate"`);
    rmSync(at(name), { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) {
    if (!checking) writeFileSync(at(name), text);
    else if (readFileSync(at(name), 'utf8') !== text) {
      throw new Error(`${folder}/${name} is not what its generator writes: run "npm run generate"`);
    }
  }
}
