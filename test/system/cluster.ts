import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer } from '../../runtime/apiserver/api-server';
import { writeKubeconfig } from '../../runtime/client/kubeconfig';
import { kinds } from '../../runtime/kube/kinds';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import { MemoryStore } from '../../runtime/store/memory-store';
import { makeDefaultAccount } from '../apiserver/default-account';

/** An API server in this process, without controllers: objects stay as they are written. */
export interface TestCluster {
  kubeconfig: string;
  client: ReturnType<ApiServer['client']>;
  close(): Promise<void>;
}

export async function startCluster(): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'orlop-api-'));
  const now = Date.now();
  const ca = await createCa(now);
  const store = new MemoryStore();
  const server = await ApiServer.create({ store, kinds, ca });
  await makeDefaultAccount(server.client('test'));
  const { port } = await server.listen(0, '127.0.0.1');
  const admin = await issueKeyPair(
    ca,
    { commonName: 'admin', organizations: ['system:masters'], usages: ['client'], validSeconds: 3600 },
    now,
  );
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, {
    server: `https://127.0.0.1:${port}`,
    ca: ca.cert,
    cert: admin.cert,
    key: admin.key,
  });
  return {
    kubeconfig,
    client: server.client('test'),
    async close() {
      await server.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
