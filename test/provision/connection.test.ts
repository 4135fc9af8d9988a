import { LocalConnection } from '../../runtime/provision/local-connection';
import { connectSsh } from '../../runtime/provision/ssh-connection';
import { connectionSuite } from './connection-suite';
import { startSshServer, type TestSshServer } from './ssh-server';

describe('LocalConnection', () => connectionSuite(async () => new LocalConnection()));

describe('SshConnection', () => {
  let server: TestSshServer;
  beforeAll(async () => {
    server = await startSshServer();
  });
  afterAll(() => server.close());

  connectionSuite(() => connectSsh(server.address));

  it('sends one constant command whatever is run', () => {
    expect(new Set(server.commands).size).toBe(1);
  });
});
