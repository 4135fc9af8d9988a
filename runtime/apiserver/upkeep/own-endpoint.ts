import type { ApiClient } from '../../client/client';
import type { EndpointSlice, Endpoints } from '../../kube/generated/types';
import { endpointSlices, endpoints } from '../../kube/resource';
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
  // Old clients look here; it is no Service's to mirror, since the slice is there.
  const old: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...key, labels: { [labels.skipMirror]: 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', protocol: 'TCP', port }] }],
  };
  const options = { fieldManager: 'orlop-apiserver', force: true };
  await client.patch(endpointSlices, key, { type: 'apply', body: slice }, options);
  await client.patch(endpoints, key, { type: 'apply', body: old }, options);
}
