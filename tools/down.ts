/** Destroys what `npm run up` made: the stack, then the files in the repository, then the Docker Engine that set-up started. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build';
import { cdktf } from './cdktf';
import { Progress } from './progress';
import { stackState } from './stack-state';

const root = join(__dirname, '..');
const stack = 'hello';

down().catch((error: Error) => {
  console.error(`\nnpm run down: ${error.message}`);
  process.exit(1);
});

async function down(): Promise<void> {
  const progress = new Progress();
  await build();
  const deployed = existsSync(join(root, `terraform.${stack}.tfstate`)) || stackState(stack, root) !== undefined;
  if (deployed) {
    await progress.step('destroy', `destroying stack ${stack} with cdktf`, async () => {
      const destroyed = await cdktf(['destroy', '--auto-approve', stack]);
      if (destroyed.code !== 0) {
        process.stderr.write(destroyed.output);
        throw new Error('cdktf destroy failed: the reason is above; mend it and run this again');
      }
    });
  } else progress.say('no stack is deployed');
  await stopDocker(progress);
  for (const path of [...leftovers(), 'cdktf.out']) rmSync(join(root, path), { recursive: true, force: true });
  progress.say('everything is gone; kept: npm packages, Debian packages, images of the Docker Engine, ~/.cache/orlop');
}

/** The files that `npm run up` leaves in the repository: Terraform's state, and its own in .orlop/. */
function leftovers(): string[] {
  const state = [`terraform.${stack}.tfstate`, `terraform.${stack}.tfstate.backup`];
  const own = existsSync(join(root, '.orlop')) ? readdirSync(join(root, '.orlop')) : [];
  // .orlop/e2e belongs to the end-to-end tests.
  return [...state, ...own.filter((name) => name !== 'e2e').map((name) => join('.orlop', name))];
}

/** Ends the dockerd that tools/setup.mjs started, by its process id, and only when it still is that process. */
async function stopDocker(progress: Progress): Promise<void> {
  const file = join(root, '.orlop', 'dockerd.json');
  if (!existsSync(file)) return;
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
  const isDockerd = () => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd';
    } catch {
      return false;
    }
  };
  if (!isDockerd()) return;
  await progress.step('docker', 'stopping the Docker Engine that "npm run up" started', async () => {
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; isDockerd() && waited < 30_000; waited += 200)
      await new Promise((resolve) => setTimeout(resolve, 200));
  });
}
