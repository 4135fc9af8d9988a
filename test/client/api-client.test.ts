import { ApiServer, type ApiServerOptions } from '../../runtime/apiserver/api-server';
import { FakeApiClient } from '../../runtime/client/fake-client';
import { HttpApiClient } from '../../runtime/client/http-client';
import { kinds } from '../../runtime/kube/kinds';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import { MemoryStore } from '../../runtime/store/memory-store';
import { FakeClock } from '../../runtime/util/fake-clock';
import { makeDefaultAccount } from '../apiserver/default-account';
import { apiClientSuite, type ClientUnderTest } from './api-client-suite';

apiClientSuite('FakeApiClient', async () => {
  const client = new FakeApiClient(new FakeClock());
  return { client, compact: async () => client.compact(), close: async () => {} };
});

async function inProcess(audit?: ApiServerOptions['audit']): Promise<ClientUnderTest> {
  const ca = await createCa(Date.now());
  const store = new MemoryStore();
  const server = await ApiServer.create({ store, kinds, ca, clock: new FakeClock(Date.now()), audit });
  await makeDefaultAccount(server.client('test'));
  const close = async () => {
    await server.close();
    await store.close();
  };
  return { client: server.client('test'), close };
}

apiClientSuite('LocalApiClient', () => inProcess());
apiClientSuite('AuditedClient', () => inProcess({ sink: { write() {} } }));

apiClientSuite('HttpApiClient', async () => {
  const now = Date.now();
  const ca = await createCa(now);
  const store = new MemoryStore();
  const server = await ApiServer.create({ store, kinds, ca, clock: new FakeClock(Date.now()) });
  await makeDefaultAccount(server.client('test'));
  const { port } = await server.listen(0, '127.0.0.1');
  const admin = {
    commonName: 'admin',
    organizations: ['system:masters'],
    usages: ['client' as const],
    validSeconds: 3600,
  };
  const client = new HttpApiClient({
    server: `https://127.0.0.1:${port}`,
    ca: ca.cert,
    ...(await issueKeyPair(ca, admin, now)),
  });
  const close = async () => {
    client.close();
    await server.close();
    await store.close();
  };
  return { client, close };
});
