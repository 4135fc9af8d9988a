import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatKubeconfig, parseKubeconfig, readKubeconfig, writeKubeconfig } from '../../runtime/client/kubeconfig';

const identity = {
  name: 'orlop',
  server: 'https://127.0.0.1:6443',
  ca: 'CA',
  cert: 'CERT',
  key: 'KEY',
  servername: 's',
};

test('reads what it writes', async () => {
  await expect(parseKubeconfig(formatKubeconfig(identity))).resolves.toMatchObject(identity);
});

describe('files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('only the owner can read it', async () => {
    const path = join(directory, 'deep', 'config');
    await writeKubeconfig(path, identity);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(readKubeconfig(path)).resolves.toMatchObject(identity);
  });

  test('certificate files are found beside it', async () => {
    await writeFile(join(directory, 'ca.pem'), 'FROM FILE');
    const path = join(directory, 'config');
    const text = formatKubeconfig({ ...identity, ca: undefined }).replace(
      'server:',
      'certificate-authority: ca.pem\n      server:',
    );
    await writeFile(path, text);
    await expect(readKubeconfig(path)).resolves.toMatchObject({ ca: 'FROM FILE' });
  });
});

test.each([
  [
    'an unknown context',
    formatKubeconfig(identity),
    { context: 'prod' },
    /context "prod" does not exist; it has: orlop/,
  ],
  ['another file', 'apiVersion: v1\nkind: Pod\n', {}, /is no kubeconfig/],
  [
    'an exec plug-in',
    formatKubeconfig(identity).replace('client-key-data: S0VZ', 'exec: { command: aws }'),
    {},
    /authenticates by a plug-in/,
  ],
])('refuses %s', async (_name, text, options, message) => {
  await expect(parseKubeconfig(text, options)).rejects.toThrow(message);
});
