import type { ApiClient } from '../../client/client';
import type { EndpointSlice } from '../../kube/generated/types';
import { endpointSlices } from '../../kube/resource';
import { labels, namespaceNames } from '../../kube/well-known';

/** Makes the Service `kubernetes` lead to this server; to be called again when its address may have changed. */
export async function publishEndpoint(client: ApiClient, address: string, port: number): Promise<void> {
  const key = { namespace: namespaceNames.default, name: 'kubernetes' };
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...key, labels: { [labels.serviceName]: 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', protocol: 'TCP', port }],
  };
  await client.patch(
    endpointSlices,
    key,
    { type: 'apply', body: slice },
    { fieldManager: 'orlop-apiserver', force: true },
  );
}
