import { hostPaths } from '../../../config/config';
import { ConnectionError } from '../../../provision/connection';
import { hostFacts } from '../../../provision/host-facts';
import { driftOf } from '../../../provision/installer';
import type { ReadContext, ResourceLogic, State } from '../../protocol/resource';
import { equalValues, Unknown } from '../../protocol/value';
import { caHash } from '../cluster-access';
import type { nodeSchema } from '../schema/node';
import type { OrlopSession } from '../session';
import { applyNode } from './apply-node';
import { checkAudit } from './audit';
import { type AgentConfigInput, agentConfigOf, serverConfigOf } from './node-config';
import { getNode, isReady, waitForNode } from './node-ready';
import type { NodeState } from './node-state';
import { removeNode } from './remove-node';

type Attributes = typeof nodeSchema.attributes;

/** A host made a node. Every step finds out what is done already, so an apply that was cut off is finished by the next. */
export const nodeLogic: ResourceLogic<Attributes, OrlopSession> = {
  validate({ config, diagnostics }) {
    const needs = (name: 'server' | 'server_url') => {
      if (config.role === 'agent' && config[name] === null) {
        diagnostics.error(`${name} is missing`, `A node with role "agent" needs ${name}: how its server is reached.`, [
          name,
        ]);
      }
    };
    needs('server');
    needs('server_url');
    if (config.role === 'agent') {
      for (const name of ['tls_sans', 'advertise_url', 'pod_cidr', 'service_cidr', 'etcd', 'audit'] as const) {
        if (config[name] !== null && config[name] !== Unknown) {
          diagnostics.error(
            `${name} is not for agents`,
            'It belongs to the control plane: set it on the node with role "server".',
            [name],
          );
        }
      }
    }
    checkAudit(config.audit, diagnostics);
  },

  async plan({ planned, prior, provider, private: cursor, diagnostics, requireReplace }) {
    planned.runtime_version = provider ? (await provider.bundle()).version : Unknown;
    // A node that was not Ready stays pending until it has been seen Ready.
    if (prior?.ready !== true) planned.ready = Unknown;
    if (planned.role === 'agent') planned.cluster_id = null;
    else if (!prior?.cluster_id) planned.cluster_id = Unknown;
    if (!prior) return;
    const { mismatch } = (cursor.get() ?? {}) as { mismatch?: string };
    if (mismatch && planned.host_key === prior.host_key) {
      diagnostics.error(`The host of node ${prior.name} shows another key`, mismatch, ['host_key']);
    }
    for (const name of ['pod_cidr', 'service_cidr'] as const) {
      // Addresses of running pods and Services cannot change under them.
      if (planned[name] !== prior[name] && prior[name] !== null) requireReplace([name]);
    }
    // Not yet known means that it is being made.
    const known = prior.data_volumes !== null;
    if (known && !equalValues(planned.data_volumes, prior.data_volumes)) requireReplace(['data_volumes']);
    const elsewhere = planned.host !== prior.host || planned.port !== prior.port;
    if (elsewhere && planned.host_key === prior.host_key) planned.host_key = Unknown;
  },

  create: (context) => applyNode(context, context.planned as NodeState, null),
  async update(context) {
    const state = await applyNode(context, context.planned as NodeState, context.prior);
    context.private.set({});
    return state;
  },
  read: refresh,
  delete: (context) => removeNode(context, context.prior),

  async import(id): Promise<Partial<State<Attributes>>> {
    const url = URL.canParse(id) ? new URL(id) : undefined;
    const key = url?.searchParams.get('private_key_file');
    const name = url?.pathname.slice(1);
    if (url?.protocol !== 'ssh:' || !name || !key) {
      throw new Error(
        `the import id ${JSON.stringify(id)} must read ssh://USER@HOST:PORT/NODE-NAME?private_key_file=FILE[&role=server]`,
      );
    }
    return {
      name,
      role: url.searchParams.get('role') === 'server' ? 'server' : 'agent',
      host: url.hostname,
      port: Number(url.port || 22),
      user: url.username || 'root',
      private_key_file: key,
      api_port: 6443,
    };
  },
};

/** The node as it is now. A host that cannot be reached keeps its state: it may be back at the next look. */
async function refresh(context: ReadContext<Attributes, OrlopSession>): Promise<NodeState> {
  const { diagnostics, state, provider: session, private: cursor } = context;
  if (!session) return state;
  try {
    const connection = await session.connect(state);
    cursor.set({});
    const facts = await hostFacts(connection);
    const server = serverConfigOf(state);
    const bundle = await session.bundle();
    const settings = facts.configs['agent.json'] ? await clusterSettingsOf(connection) : {};
    const drift = driftOf(facts, { version: bundle.version, server, agent: agentConfigOf(state, settings) });
    const asked = await askCluster(session, context).catch((error: Error) => {
      diagnostics.warning(
        `The cluster of node ${state.name} could not be asked`,
        `${error.message} Whether the node is Ready is taken from the last known state.`,
      );
    });
    const node = asked?.node;
    const ready = asked ? isReady(node) : state.ready === true;
    return {
      ...state,
      host_key: state.host_key ?? connection.hostKey,
      runtime_version: facts.currentVersion ?? null,
      // Without a runtime there is no cluster any more: the next apply begins a new one.
      cluster_id: asked ? asked.clusterId : facts.currentVersion ? state.cluster_id : null,
      // Files that are not as written are put right by an update, which waits for Ready again.
      ready: ready && drift.configs.length === 0,
      labels: node && state.labels ? liveLabels(state.labels, node.metadata.labels) : state.labels,
    };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    if (error.code === 'host-key-mismatch') {
      // The plan refuses it, unless the configuration names the new key; only the plan sees the configuration.
      cursor.set({ mismatch: error.message });
      return { ...state, ready: false };
    }
    diagnostics.warning(`Node ${state.name} could not be looked at`, `${error.message} Its last known state is kept.`);
    return state;
  }
}

/** DNS address and domain stand in the agent's own configuration on the host. */
async function clusterSettingsOf(connection: Awaited<ReturnType<OrlopSession['connect']>>) {
  const text = (await connection.download(hostPaths().agentConfig)).toString('utf8');
  const { clusterDns, clusterDomain } = JSON.parse(text) as AgentConfigInput;
  return { ...(clusterDns ? { clusterDns } : {}), ...(clusterDomain ? { clusterDomain } : {}) };
}

/** How long a node that was Ready may take to be Ready again, as after a restart of its host, before that is a change. */
const settleMs = 10_000;

/** The node as its cluster has it, and of a server which cluster that is. */
async function askCluster(session: OrlopSession, context: ReadContext<Attributes, OrlopSession>) {
  const { state, signal, progress } = context;
  const target = state.role === 'server' ? state : state.server;
  if (!target) return { node: undefined, clusterId: null };
  const { client, ca } = await session.clusterAt(target);
  const clusterId = state.role === 'server' && ca ? caHash(ca) : null;
  if (state.ready) {
    const options = { clock: session.clock, signal, timeoutMs: settleMs, progress };
    const settled = await waitForNode(client, state.name, options);
    if ('node' in settled) return { node: settled.node, clusterId };
  }
  return { node: await getNode(client, state.name), clusterId };
}

/** The configured labels with the values that the node has. */
function liveLabels(configured: Record<string, string>, live: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.keys(configured).flatMap((key) => (key in live ? [[key, live[key] as string]] : [])),
  );
}
