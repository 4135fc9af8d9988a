import { hostname } from 'node:os';
import type { ApiClient } from '../../../client/client';
import { hostPaths, ServerConfigSchema } from '../../../config/config';
import { nodes } from '../../../kube/resource';
import type { Connection } from '../../../provision/connection';
import { type InstallProgress, install } from '../../../provision/installer';
import type { CreateContext } from '../../protocol/resource';
import { type ClusterAccess, caHash } from '../cluster-access';
import type { nodeSchema } from '../schema/node';
import type { OrlopSession } from '../session';
import { describeTarget } from '../ssh-target';
import { makeJoinToken } from './join-token';
import { agentConfigOf, type ClusterSettings, serverConfigOf } from './node-config';
import { wantedLabels } from './node-labels';
import { waitForNode } from './node-ready';
import type { NodeState } from './node-state';
import { endOfLog, waitForServer } from './server-ready';
import { checkStore } from './store-check';

type NodeContext = Pick<
  CreateContext<typeof nodeSchema.attributes, OrlopSession>,
  'provider' | 'signal' | 'progress' | 'diagnostics'
>;

const readyTimeoutMs = 120_000;

/**
 * Installs, joins, and waits until the node is Ready; the same for a new node and an upgrade. Nothing of it is lost when
 * it fails: it throws, so that the node is neither stored half-made (which Terraform would replace) nor taken for done.
 */
export async function applyNode(context: NodeContext, planned: NodeState, prior: NodeState | null): Promise<NodeState> {
  const { provider: session, signal } = context;
  const wait = { retryForMs: planned.start_timeout * 1000, signal };
  // A host key that is only recorded stays with its host: at another address it is recorded anew.
  const hostKey = typeof planned.host_key === 'string' ? planned.host_key : null;
  const connection = await session.connect({ ...planned, host_key: hostKey }, wait);
  const bundle = await session.bundle();
  const server = serverConfigOf(planned);
  if (server) await checkStore(connection, server);

  let cluster: ClusterAccess | undefined;
  let serverConnection: Connection = connection;
  let settings: ClusterSettings = server ?? {};
  if (!server && planned.server) {
    serverConnection = await session.connect(planned.server, wait);
    settings = await settingsOf(serverConnection);
  }
  const theCluster = async () => {
    cluster ??= await waitForServer(serverConnection, session.clock, signal);
    return cluster;
  };

  const agent = agentConfigOf(planned, settings);
  const installed = await install(
    connection,
    {
      bundle,
      server,
      agent,
      serverReady: async () => void (await theCluster()),
      clusterCa: async () => caHash((await theCluster()).ca ?? ''),
      joinToken: () => makeJoinToken(serverConnection, planned.name),
    },
    {
      target: describeTarget(planned),
      clock: session.clock,
      holder: `${hostname()}, process ${process.pid}`,
      onProgress: reporter(planned.name, context.progress),
    },
  );

  context.progress(`node ${planned.name}: waiting until it is Ready`);
  const { client, ca = '' } = await theCluster();
  const result = await waitForNode(client, planned.name, {
    clock: session.clock,
    signal,
    timeoutMs: readyTimeoutMs,
    progress: context.progress,
    restarted: prior !== null && installed.restarted.includes('orlop-agent'),
  });
  if ('problem' in result) {
    throw new Error(
      `node ${planned.name} on ${describeTarget(planned)} did not become Ready: ${result.problem}. ` +
        `What was installed stays; the next apply goes on from there.${await endOfLog(connection, 'orlop-agent')}`,
    );
  }
  await alignLabels(client, planned, prior, result.node.metadata.labels);
  return {
    ...planned,
    host_key: hostKey ?? connection.hostKey,
    runtime_version: bundle.version,
    cluster_id: planned.role === 'server' ? caHash(ca) : null,
    ready: true,
  };
}

/** What the server's configuration says that its agents must know. */
async function settingsOf(server: Connection): Promise<ClusterSettings> {
  const text = (await server.download(hostPaths().serverConfig)).toString('utf8');
  const { serviceCidr, clusterDomain } = JSON.parse(text) as ClusterSettings;
  const defaults = ServerConfigSchema.parse({});
  return {
    ...(serviceCidr && serviceCidr !== defaults.serviceCidr ? { serviceCidr } : {}),
    ...(clusterDomain && clusterDomain !== defaults.clusterDomain ? { clusterDomain } : {}),
  };
}

/** Labels that somebody changed, or that are no longer wanted: the agent sets its labels only when it joins. */
async function alignLabels(
  client: ApiClient,
  planned: NodeState,
  prior: NodeState | null,
  live: Record<string, string> = {},
): Promise<void> {
  const wanted = wantedLabels(planned);
  const changes: Record<string, string | null> = {};
  for (const key of Object.keys(prior?.labels ?? {})) if (!(key in wanted) && key in live) changes[key] = null;
  for (const [key, value] of Object.entries(wanted)) if (live[key] !== value) changes[key] = value;
  if (Object.keys(changes).length === 0) return;
  await client.patch(
    nodes,
    { name: planned.name },
    { type: 'merge', body: { metadata: { labels: changes as never } } },
  );
}

/** One line a step, and one every 10 % of an upload. */
function reporter(name: string, progress: (message: string) => void): (event: InstallProgress) => void {
  let shown = '';
  return ({ step, bytes, totalBytes }) => {
    const percent = bytes !== undefined && totalBytes ? Math.floor((bytes * 10) / totalBytes) * 10 : undefined;
    const line =
      percent === undefined ? step : `${step}: ${percent} % of ${Math.round((totalBytes ?? 0) / 1048576)} MiB`;
    if (line !== shown) progress(`node ${name}: ${line}`);
    shown = line;
  };
}
