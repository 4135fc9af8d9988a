import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePath, terraformReference } from '../../tools/generate-docs';

const root = join(__dirname, '../..');

it.each(['generate-kube-types.mjs', 'generate-kube-schemas.mjs'])('what %s writes is current', (tool) => {
  execFileSync(process.execPath, [join(root, 'tools', tool), '--check'], { stdio: ['ignore', 'ignore', 'pipe'] });
});

it('the Terraform reference is current', () => {
  expect(readFileSync(join(root, referencePath), 'utf8')).toBe(terraformReference());
});
