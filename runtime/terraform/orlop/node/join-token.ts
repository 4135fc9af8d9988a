import { hostPaths } from '../../../config/config';
import type { Connection } from '../../../provision/connection';
import { mustRun } from '../../../provision/host-run';

/**
 * Has the server make a join token for one node. It goes from there to the node's host in memory: into no state, no plan
 * and no log.
 */
export async function makeJoinToken(server: Connection, nodeName: string): Promise<string> {
  const { current, serverConfig } = hostPaths();
  const argv = [
    `${current}/node`,
    `${current}/orlop.js`,
    'token',
    'create',
    '--node',
    nodeName,
    '--config',
    serverConfig,
  ];
  const { stdout } = await mustRun(server, argv, `making a join token for node ${nodeName} on the server`, {
    timeoutMs: 30_000,
  });
  const token = stdout.trim();
  if (!/^[0-9a-f]{64}\.[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) {
    throw new Error(`the server gave no join token for node ${nodeName}`);
  }
  return token;
}
