import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder of this package, found from its sources as from its build. */
export function packageFolder(path: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, path);
}
