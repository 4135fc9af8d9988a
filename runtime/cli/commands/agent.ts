import { hostPaths } from '../../config/config';
import type { Command } from '../command';

export const agent: Command = {
  name: 'agent',
  summary: 'run the node agent',
  options: { config: { value: 'FILE', description: 'configuration file', default: hostPaths().agentConfig } },
  async run() {
    throw new Error('the agent is being put together');
  },
};
