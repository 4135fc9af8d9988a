import { AgentConfigSchema, hostPaths } from '../../config/config';
import { LinuxNetwork } from '../../network/linux-network';
import type { Command } from '../command';
import { readConfigFile } from '../config-file';
import { processLogger } from '../log';

export const nodeCleanup: Command = {
  name: 'node-cleanup',
  summary: 'take the pod network, its routes and its rules off this host; the agent must be stopped',
  options: {
    config: { value: 'FILE', description: 'configuration file of the agent', default: hostPaths().agentConfig },
  },
  async run(values, streams) {
    const config = readConfigFile(values.config as string, AgentConfigSchema);
    const network = new LinuxNetwork({
      nodeName: config.nodeName,
      nodeIp: config.nodeIp ?? '',
      clusterDns: config.clusterDns,
      dataDir: config.dataDir,
      logger: processLogger(config.logLevel),
    });
    await network.tearDown();
    streams.out('the pod network is gone\n');
  },
};
