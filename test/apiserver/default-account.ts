import type { ApiClient } from '../../runtime/client/client';
import { serviceAccounts } from '../../runtime/kube/resource';

/** Makes what its controller makes in every namespace, for a server without controllers: pods wait for it. */
export async function makeDefaultAccount(client: ApiClient, namespace = 'default'): Promise<void> {
  const metadata = { name: 'default', namespace };
  await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}
