import { HttpApiClient } from '../client/http-client';
import type { AgentConfig } from '../config/config';
import { DockerEngine } from '../engine/docker/docker-engine';
import { ClusterDns } from '../network/dns/cluster-dns';
import { UpstreamForwarder } from '../network/dns/forwarder';
import { nodeUpstreams } from '../network/dns/node-upstreams';
import { LinuxNetwork } from '../network/linux-network';
import { type Clock, systemClock } from '../util/clock';
import type { Logger } from '../util/logger';
import { type Agent, startAgent } from './agent';
import { Credentials } from './credentials';
import type { NodeIdentity } from './join';
import { findNodeIp } from './node-ip';

/**
 * Runs the agent of this machine: joins the cluster if it has not, then starts the agent over Docker Engine and the
 * Linux network. Rejects when the machine itself is not fit (no Docker Engine, no address).
 */
export async function runAgent(config: AgentConfig, logger: Logger, clock: Clock = systemClock): Promise<Agent> {
  const engine = new DockerEngine({ socketPath: config.dockerSocket, clock });
  const nodeIp = config.nodeIp ?? (await findNodeIp(config.serverUrl));
  const credentials = await Credentials.open({ config, clock, logger });
  const client = new HttpApiClient({
    server: config.serverUrl,
    // Read at each connection, so that renewed certificates are used without a restart.
    get ca() {
      return credentials.current.ca;
    },
    get cert() {
      return credentials.current.client.cert;
    },
    get key() {
      return credentials.current.client.key;
    },
    userAgent: `orlop-agent/${config.nodeName}`,
    clock,
  });
  const { nodeName, clusterDns, clusterDomain, dataDir } = config;
  const network = new LinuxNetwork({ nodeName, nodeIp, clusterDns, dataDir, logger });
  const forwarder = new UpstreamForwarder({ upstreams: nodeUpstreams(clock, [clusterDns]), clock });
  const dns = new ClusterDns({ domain: clusterDomain, forwarder, clock, logger });
  const identity = servingIdentity(credentials.current);
  const agent = await startAgent({ config, nodeIp, client, engine, network, dns, clock, logger, identity });
  credentials.onRenewed((renewed) => agent.setIdentity(servingIdentity(renewed)));
  return {
    ...agent,
    async stop() {
      credentials.close();
      await agent.stop();
      client.close();
      engine.close();
    },
  };
}

function servingIdentity({ ca, serving }: NodeIdentity) {
  return { ca, ...serving };
}
