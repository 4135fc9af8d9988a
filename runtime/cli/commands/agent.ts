import { once } from 'node:events';
import { runAgent } from '../../agent';
import { AgentConfigSchema, hostPaths } from '../../config/config';
import type { Command } from '../command';
import { readConfigFile } from '../config-file';
import { processLogger } from '../log';

export const agent: Command = {
  name: 'agent',
  summary: 'run the node agent: pods, their network, and the status of this node',
  options: { config: { value: 'FILE', description: 'configuration file', default: hostPaths().agentConfig } },
  async run(values) {
    const config = readConfigFile(values.config as string, AgentConfigSchema);
    const logger = processLogger(config.logLevel);
    const running = await runAgent(config, logger);
    logger.info({ node: config.nodeName, port: running.port }, 'the agent is ready');
    await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
    logger.info({}, 'the agent stops; its pods go on');
    await running.stop();
    process.exit(0);
  },
};
