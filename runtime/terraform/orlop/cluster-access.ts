import { createHash, X509Certificate } from 'node:crypto';
import { HttpApiClient } from '../../client/http-client';
import { parseKubeconfig, readKubeconfig } from '../../client/kubeconfig';
import { hostPaths } from '../../config/config';
import type { Connection } from '../../provision/connection';
import { KindRegistry } from './kind-registry';
import { keyPath } from './ssh-target';

/** A cluster that can be reached: its API, and which kinds it serves. */
export interface ClusterAccess {
  client: HttpApiClient;
  kinds: KindRegistry;
  /** Namespace of objects that name none. */
  namespace: string;
  /** PEM, where known. */
  ca?: string;
}

/**
 * The cluster whose control plane runs on a host, through its SSH connection. The kubeconfig stays in memory.
 * @param connect gives the connection that lives; asked again for each stream
 */
export async function clusterOverSsh(connect: () => Promise<Connection>): Promise<ClusterAccess> {
  const paths = hostPaths();
  const connection = await connect();
  const [kubeconfig, serverConfig] = await Promise.all([
    connection.download(paths.adminKubeconfig),
    connection.download(paths.serverConfig),
  ]);
  const identity = await parseKubeconfig(kubeconfig.toString('utf8'), {
    source: `${paths.adminKubeconfig} on the host`,
  });
  const port = listenPort(serverConfig.toString('utf8'));
  const client = new HttpApiClient({
    ...identity,
    // Whatever name the operator's machine has for it: here the host itself is asked.
    server: `https://127.0.0.1:${port}`,
    connect: async () => (await connect()).forward({ host: '127.0.0.1', port }),
    userAgent: 'orlop-terraform',
  });
  return { client, kinds: new KindRegistry(client), namespace: identity.namespace ?? 'default', ca: identity.ca };
}

/** Any cluster that a kubeconfig names. */
export async function clusterOfKubeconfig(file: string, context?: string): Promise<ClusterAccess> {
  const identity = await readKubeconfig(keyPath(file), context);
  const client = new HttpApiClient({ ...identity, userAgent: 'orlop-terraform' });
  return { client, kinds: new KindRegistry(client), namespace: identity.namespace ?? 'default', ca: identity.ca };
}

/** SHA-256 of the CA's DER, as join tokens carry it. */
export function caHash(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

function listenPort(text: string): number {
  const { listenPort } = JSON.parse(text) as { listenPort?: number };
  return listenPort ?? 6443;
}
