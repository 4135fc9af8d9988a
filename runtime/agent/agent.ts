import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../client/client';
import { EventRecorder } from '../client/events';
import { InformerFactory } from '../client/informer-factory';
import type { AgentConfig } from '../config/config';
import type { ContainerEngine } from '../engine/engine';
import type { Pod } from '../kube/generated/types';
import { endpointSlices, nodes, pods, services } from '../kube/resource';
import { isStatusError } from '../kube/status-error';
import { resolvConf } from '../network/dns/resolv-conf';
import type { DnsServer, NodeNetwork } from '../network/network';
import { ServiceProxy } from '../network/service-proxy';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';
import { NodeLease } from './node/node-lease';
import { nodeAllocatable, systemIds } from './node/node-object';
import { NodeReporter } from './node/node-reporter';
import { PodNetwork } from './node/pod-network';
import { diskSize, readPressure } from './node/pressure';
import { ImagePuller } from './pod/image-puller';
import { downwardContext, type PodContext } from './pod/pod-context';
import { PodManager } from './pod-manager';
import { WatchedObjects } from './pod-objects';
import { PodSource } from './pod-source';
import { type Checker, nodeChecker } from './probes/checker';
import { AgentServer, type ServerIdentity } from './server/agent-server';
import { readNodeUsage } from './stats/node-usage';
import { UsageSampler } from './stats/usage-sampler';
import { StatusWriter } from './status/status-writer';
import type { Mounter } from './volumes/mount-table';
import { PodTokens } from './volumes/pod-tokens';
import { VolumeManager } from './volumes/volume-manager';

const dnsPort = 53;
const dnsRetryMilliseconds = 1_000;

export interface AgentOptions {
  config: AgentConfig;
  /** Address of this node that the other nodes reach. */
  nodeIp: string;
  client: ApiClient;
  engine: ContainerEngine;
  network: NodeNetwork;
  /** Cluster DNS, which listens on `config.clusterDns` once the network is there. */
  dns?: DnsServer;
  clock: Clock;
  logger: Logger;
  random?: () => number;
  /** Certificates of the agent's own API; it does not listen without. */
  identity?: ServerIdentity;
  check?: Checker;
  mounter?: Mounter;
}

export interface Agent {
  /** Port of the agent's own API; undefined when it does not listen. */
  port?: number;
  /** The serving certificate was renewed. */
  setIdentity(identity: ServerIdentity): void;
  /** Ends the agent; containers and network go on, for the next one to adopt. */
  stop(): Promise<void>;
}

/** Starts the agent of a node: its pods, its network, its status and its API. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, nodeIp, client, engine, network, dns, clock, logger, random = Math.random } = options;
  const { nodeName, dataDir } = config;
  await mkdir(join(dataDir, 'pods'), { recursive: true, mode: 0o711 });
  const engineInfo = await engine.info();
  const machine = { config, nodeIp, engine: engineInfo, diskBytes: await diskSize(dataDir), system: systemIds() };
  const informers = new InformerFactory({ client, clock, logger, random });
  const events = new EventRecorder({ client, clock, logger, component: 'kubelet', host: nodeName });
  const statuses = new StatusWriter(client, clock, logger);
  const objects = new WatchedObjects({ client, clock, logger, random }, (ref) => manager.objectsChanged(ref));
  const volumes = new VolumeManager({
    root: join(dataDir, 'pods'),
    mounter: options.mounter,
    context: (pod) => ({ ...downwardContext(context, pod.status?.podIP), objects }),
    tokens: new PodTokens(client, clock),
  });
  const context: PodContext = {
    engine,
    engineName: engineInfo.name,
    network,
    volumes,
    images: new ImagePuller(engine, clock),
    objects,
    services: () => informers.for(services).cache.list(),
    check: options.check ?? nodeChecker(engine, clock),
    node: {
      name: nodeName,
      ip: nodeIp,
      memoryBytes: engineInfo.memoryBytes,
      allocatable: nodeAllocatable(machine),
      clusterDomain: config.clusterDomain,
      resolvConf: (pod) => resolvConf(pod, { ...config, nodeResolvConf: nodeResolvConf() }),
    },
    clock,
    logger,
    // Before the server was seen, what it has been told is not known.
    reportStatus: (pod, status, urgency) => manager.hasSynced && statuses.report(pod, status, urgency),
    record: (...event) => events.record(...event),
    deletePod: (pod) => deletePod(client, pod),
  };
  const manager = new PodManager({
    context,
    network,
    onPods: (all) => objects.retain(all),
    onFinished: (uid) => statuses.forget(uid),
  });
  const lease = new NodeLease({ client, clock, logger, nodeName });
  const followed = {
    nodes: informers.for(nodes),
    services: informers.for(services),
    slices: informers.for(endpointSlices),
  };
  const onProgrammed = (revision: string) => lease.programmed(revision);
  const proxy = new ServiceProxy({ network, dns, ...followed, clock, logger, onProgrammed });
  const abort = new AbortController();
  let proxying = false;
  const podNetwork = new PodNetwork({
    nodeName,
    network,
    nodes: followed.nodes,
    clock,
    logger,
    file: join(dataDir, 'pod-cidr'),
    onReady: () => {
      if (proxying) return;
      proxying = true;
      void proxy.run(abort.signal);
      if (dns) void listenDns(dns, config.clusterDns, clock, logger, abort.signal);
    },
    onChange: () => reporter.poke(),
  });
  const reporter = new NodeReporter({
    client,
    engine,
    clock,
    logger,
    machine,
    pressure: () => readPressure(dataDir),
    notReady: () => podNetwork.notReady,
  });
  const sampler = new UsageSampler({ nodeName, engine, nodeUsage: readNodeUsage, clock });
  const server =
    options.identity &&
    new AgentServer({
      engine,
      usage: () => sampler.summary(),
      find: (...pod) => manager.find(...pod),
      logger,
      clock,
    });
  const port = server && options.identity ? await server.listen(config.apiPort, options.identity) : undefined;

  await podNetwork.start();
  informers.start();
  reporter.poke();
  lease.start();
  await manager.start();
  const source = new PodSource({ client, clock, logger, random, nodeName, file: join(dataDir, 'pods.json') });
  await source.start(manager, abort.signal);
  logger.info({ node: nodeName, nodeIp, engine: `${engineInfo.name} ${engineInfo.version}` }, 'the agent runs');
  return {
    port,
    setIdentity: (identity) => server?.setIdentity(identity),
    async stop() {
      abort.abort();
      manager.close();
      podNetwork.stop();
      reporter.stop();
      lease.stop();
      statuses.close();
      objects.close();
      await Promise.all([server?.close(), dns?.close().catch(() => {}), informers.stop()]);
    },
  };
}

/** Ends a pod on the server; one that is gone, or another of the same name, is success. */
async function deletePod(client: ApiClient, { metadata }: Pod): Promise<void> {
  const key = { namespace: metadata.namespace, name: metadata.name ?? '' };
  try {
    await client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
  }
}

/** Listens until it works: the address may come a moment later than the bridge. */
async function listenDns(
  dns: DnsServer,
  address: string,
  clock: Clock,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await dns.listen(address, dnsPort);
    } catch (error) {
      logger.error({ address, error: String(error) }, 'cluster DNS cannot listen');
      await clock.sleep(dnsRetryMilliseconds, signal);
    }
  }
}

function nodeResolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
}
