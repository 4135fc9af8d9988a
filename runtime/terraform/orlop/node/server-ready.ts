import { hostPaths } from '../../../config/config';
import type { Connection } from '../../../provision/connection';
import type { Clock } from '../../../util/clock';
import { type ClusterAccess, clusterOverSsh } from '../cluster-access';

const readyTimeoutMs = 90_000;

/** Waits until the control plane on the host answers that it is ready. @throws Error with the end of its log */
export async function waitForServer(connection: Connection, clock: Clock, signal: AbortSignal): Promise<ClusterAccess> {
  const deadline = clock.monotonic() + readyTimeoutMs;
  let last = 'it has not answered';
  while (!signal.aborted) {
    try {
      const cluster = await clusterOverSsh(async () => connection);
      const answer = await cluster.client.raw('/readyz');
      for await (const _ of answer.body);
      return cluster;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (clock.monotonic() >= deadline) {
      const log = await endOfLog(connection, 'orlop-server');
      throw new Error(`the control plane did not become ready within ${readyTimeoutMs / 1000} s: ${last}${log}`);
    }
    await clock.sleep(200, signal);
  }
  throw new Error('interrupted while waiting for the control plane; run apply again to go on');
}

/** The last lines of a service's log, for a message; empty where there are none. */
export async function endOfLog(connection: Connection, service: 'orlop-server' | 'orlop-agent'): Promise<string> {
  const fromFile = await connection.run(['tail', '-n', '15', `${hostPaths().logs}/${service}.log`]);
  const text =
    fromFile.code === 0 && fromFile.stdout
      ? fromFile.stdout
      : (await connection.run(['journalctl', '-u', service, '-n', '15', '--no-pager', '-o', 'cat'])).stdout;
  return text.trim() ? `\nEnd of the log of ${service}:\n${text.trimEnd()}` : '';
}
