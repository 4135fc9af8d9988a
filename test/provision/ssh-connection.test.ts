import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { ConnectionError } from '../../runtime/provision/connection';
import { parseHostKey } from '../../runtime/provision/host-key';
import { algorithms, connectSsh } from '../../runtime/provision/ssh-connection';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';
import { startSshServer, type TestSshServer } from './ssh-server';

let server: TestSshServer;
beforeAll(async () => {
  server = await startSshServer();
});
afterAll(() => server.close());

async function failure(promise: Promise<unknown>): Promise<ConnectionError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  return error as ConnectionError;
}

it('shows the key of the host at first contact', async () => {
  const connection = await connectSsh(server.address);
  expect(connection.hostKey).toBe(parseHostKey(server.hostKey));
  await connection.close();
});

it('accepts a pinned key as fingerprint and as public key line', async () => {
  for (const expectedHostKey of [parseHostKey(server.hostKey), `${server.hostKey} root@host`]) {
    await (await connectSsh({ ...server.address, expectedHostKey })).close();
  }
});

it('refuses another host key with both fingerprints and sends nothing', async () => {
  const other = `SHA256:${'A'.repeat(43)}`;
  const ran = server.commands.length;
  const error = await failure(connectSsh({ ...server.address, expectedHostKey: other }));
  expect(error.code).toBe('host-key-mismatch');
  expect(error.message).toContain(other);
  expect(error.message).toContain(parseHostKey(server.hostKey));
  expect(server.commands).toHaveLength(ran);
});

it('names user, host, port and fix when the key is refused', async () => {
  const { private: privateKey } = makeSshKeyPair();
  const error = await failure(connectSsh({ ...server.address, privateKey }));
  expect(error.code).toBe('auth-failed');
  expect(error.message).toContain(`root@127.0.0.1:${server.address.port}`);
  expect(error.message).toContain('authorized_keys');
});

it('refuses an unreadable private key without a connection', async () => {
  const before = server.connections;
  const error = await failure((async () => connectSsh({ ...server.address, privateKey: 'nonsense' }))());
  expect(error.code).toBe('auth-failed');
  expect(error.message).not.toContain('nonsense');
  expect(server.connections).toBe(before);
});

it('tells a closed port, an unknown name and a silent port apart', async () => {
  const closed = await failure(connectSsh({ ...server.address, port: 1 }));
  expect(closed).toMatchObject({ code: 'unreachable', message: expect.stringContaining('connection refused') });

  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const port = (silent.address() as AddressInfo).port;
  const error = await failure(connectSsh({ ...server.address, port }, { connectTimeoutMs: 50 }));
  expect(error).toMatchObject({ code: 'timeout' });
  silent.close();
});

it('fails what runs, and what follows, when the connection breaks', async () => {
  const connection = await connectSsh(server.address);
  const started = new Promise<void>((resolve) => {
    void failure(connection.run(['sh', '-c', 'echo up; sleep 60'], { onStdout: () => resolve() })).then((error) => {
      expect(error.code).toBe('broken');
    });
  });
  await started;
  server.breakAll();
  expect((await failure(connection.run(['sleep', '1']))).code).toBe('broken');
});

it('offers neither CBC nor SHA-1', () => {
  const offered = Object.values(algorithms).flat().join(' ');
  expect(offered).not.toMatch(/cbc|sha1|ssh-rsa|ssh-dss|md5/);
});

describe('parseHostKey', () => {
  it('refuses what is no key, and says how to print one', () => {
    expect(() => parseHostKey('deadbeef')).toThrow(/SHA256:.*ssh-keygen -lf/s);
  });
});
