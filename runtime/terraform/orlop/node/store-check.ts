import { hostPaths, ServerConfigSchema } from '../../../config/config';
import type { Connection } from '../../../provision/connection';
import type { ServerConfigInput } from './node-config';

/**
 * Refuses, before anything is changed on the host, another store than the one that its cluster is kept in: the server
 * would find an empty cluster there. The server writes down which that is.
 */
export async function checkStore(connection: Connection, server: ServerConfigInput): Promise<void> {
  const recorded = await connection.run(['cat', '--', `${hostPaths().server}/store.json`]);
  const problem = recorded.code === 0 ? storeProblem(recorded.stdout, server) : undefined;
  if (problem) throw new Error(problem);
}

/** What stands against this store, given what the host's server wrote down of its own. */
export function storeProblem(recorded: string, server: ServerConfigInput): string | undefined {
  const is = JSON.parse(recorded) as { store: string; prefix?: string };
  const etcd = ServerConfigSchema.parse(server).store?.etcd;
  const name = (prefix: string | undefined) =>
    prefix === undefined ? 'the embedded store' : `etcd (prefix ${prefix})`;
  const [from, to] = [is.store === 'etcd' ? (is.prefix ?? '') : undefined, etcd?.prefix];
  if (from === to) return undefined;
  return (
    `the cluster on this host is kept in ${name(from)}, and its store would become ${name(to)}: a cluster's store is not ` +
    'changed in place. Move it first, on the host: "orlop backup FILE", stop the server, move its data folder away, and ' +
    '"orlop restore FILE" with a configuration that has the new store (docs/operations.md)'
  );
}
