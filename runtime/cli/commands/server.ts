import { once } from 'node:events';
import { join } from 'node:path';
import { findNodeIp } from '../../agent/node-ip';
import { ApiServer } from '../../apiserver/api-server';
import { DiskLogFolder } from '../../apiserver/audit/files';
import { AuditLog } from '../../apiserver/audit/log';
import { limitsOf } from '../../apiserver/http/limits';
import { publishEndpoint } from '../../apiserver/upkeep/own-endpoint';
import { InformerFactory } from '../../client/informer-factory';
import { hostPaths, type ServerConfig, ServerConfigSchema } from '../../config/config';
import { controllerManager, startControllers } from '../../controllers';
import { kinds } from '../../kube/kinds';
import { Scheduler } from '../../scheduler/scheduler';
import { systemClock as clock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { processLimits } from '../../util/process-limits';
import { readAuditPolicy } from '../audit-policy-file';
import type { Command } from '../command';
import { readConfigFile } from '../config-file';
import { processLogger } from '../log';
import { agentPortProbe } from '../node-probe';
import { clusterCa, tokenKeys, writeAdminKubeconfig } from '../server-files';
import { openStore } from '../store-choice';

export const server: Command = {
  name: 'server',
  summary: 'run the control plane: API server, scheduler and controllers over the store',
  options: { config: { value: 'FILE', description: 'configuration file', default: hostPaths().serverConfig } },
  async run(values) {
    const config = readConfigFile(values.config as string, ServerConfigSchema);
    const logger = processLogger(config.logLevel);
    const running = await startServer(config, logger);
    logger.info({ port: running.port }, 'the server is ready');
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    logger.info({}, 'the server stops');
    await running.stop();
    process.exit(0);
  },
};

/** Puts the parts of the control plane together. */
async function startServer(config: ServerConfig, logger: Logger): Promise<{ port: number; stop(): Promise<void> }> {
  const { dataDir } = config;
  const store = await openStore(config);
  const ca = await clusterCa(dataDir, clock.now());
  await writeAdminKubeconfig(dataDir, ca, config.advertiseUrl, clock.now());
  const random = Math.random;
  const { policyFile } = config.audit;
  const policy = policyFile === undefined ? config.audit.policy : readAuditPolicy(policyFile);
  const auditLog = config.audit.enabled ? openAuditLog(config, logger) : undefined;
  const api = await ApiServer.create({
    store,
    kinds,
    ca,
    tokenKeys: tokenKeys(dataDir),
    sans: config.tlsSans,
    clock,
    logger: logger.child({ part: 'api' }),
    random,
    serviceCidr: config.serviceCidr,
    nodePortRange: config.nodePortRange,
    clusterDomain: config.clusterDomain,
    advertisePort: config.listenPort,
    audit: auditLog && { sink: auditLog, policy },
    admission: config.admissionPlugins,
    limits: limitsOf(processLimits()),
    onFailure: (error) => {
      // Without its store the server is of no use; a fresh process finds it again, and containers run on.
      logger.error({ error: String(error) }, 'the store was lost');
      process.exit(1);
    },
  });
  const { port } = await api.listen(config.listenPort, config.listenAddress);
  // The node's own agent finds its address the same way.
  await publishEndpoint(api.client('orlop-apiserver'), await findNodeIp(`https://127.0.0.1:${port}`), port);

  const client = api.client(controllerManager);
  const own = logger.child({ part: 'controllers' });
  // One set of informers for both: they are in this process, and hold the objects once.
  const informers = new InformerFactory({ client, clock, logger: own, random });
  const controllers = { client, informers, clock, logger: own, random };
  const scheduler = new Scheduler({
    ...controllers,
    client: api.client('orlop-scheduler'),
    logger: logger.child({ part: 'scheduler' }),
  });
  const running = startControllers({
    served: api.served,
    ...controllers,
    clusterCidr: config.podCidr,
    caPem: ca.cert,
    connections: {
      onClosed: (listener) => void api.onNodeConnection((node, state) => state === 'closed' && listener(node)),
    },
    probe: agentPortProbe(clock),
  });
  await scheduler.start();
  return {
    port,
    async stop() {
      await Promise.all([scheduler.stop(), running.stop()]);
      await informers.stop();
      await api.close();
      await auditLog?.close();
      await store.close();
    },
  };
}

function openAuditLog({ audit, dataDir }: ServerConfig, logger: Logger): AuditLog {
  return new AuditLog({
    folder: new DiskLogFolder(audit.logFile ?? join(dataDir, 'audit', 'audit.log')),
    clock,
    logger: logger.child({ part: 'audit' }),
    maxBytes: audit.maxSizeMiB * 1024 * 1024,
    maxBackups: audit.maxBackups,
    maxAgeMs: audit.maxAgeDays * 24 * 3600_000,
  });
}
