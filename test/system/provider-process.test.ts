import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { magicCookie } from '../../runtime/terraform/protocol/handshake';
import { eventually } from '../e2e/support/wait';

const provider = join(__dirname, '../../dist/provider/terraform-provider-orlop');

test('a provider whose Terraform died before it could shake hands ends by itself', async () => {
  // The shell is gone at once, so that the provider never sees it as its parent.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${provider}" & echo $! >&2`], {
    env: { ...process.env, TF_PLUGIN_MAGIC_COOKIE: magicCookie, PLUGIN_PROTOCOL_VERSIONS: '6' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  shell.stdout.destroy();
  const [pid] = (await once(shell.stderr, 'data')).map(String);
  expect(Number(pid)).toBeGreaterThan(1);
  try {
    await eventually('no provider process', async () => !existsSync(`/proc/${pid?.trim()}`), 10_000);
  } finally {
    if (existsSync(`/proc/${pid?.trim()}`)) process.kill(Number(pid));
    shell.stderr.destroy();
  }
});
