import type { Connection } from '../../provision/connection';
import { ConnectionPool, type ConnectOptions } from '../../provision/connection-pool';
import { connectAsRoot } from '../../provision/elevated-connection';
import { locateBundle, type RuntimeBundle, readBundle } from '../../provision/runtime-bundle';
import { type Clock, systemClock } from '../../util/clock';
import type { Logger } from '../../util/logger';
import { type ClusterAccess, clusterOfKubeconfig, clusterOverSsh } from './cluster-access';
import { hostAddress, type SshTarget } from './ssh-target';

/** Which cluster the provider's configuration names; `unknown` while Terraform does not know all of it. */
export type ClusterConfig = 'unknown' | { server: SshTarget | null; kubeconfig: string | null; context: string | null };

/** A node that has joined answers; so long is waited for one that is just busy or restarting its SSH server. */
export const joinedHostMs = 5_000;

/** What the resources of one provider process share: SSH connections, the cluster's API, the runtime to install. */
export class OrlopSession {
  readonly clock: Clock;
  private readonly pool: ConnectionPool;
  private readonly clusters = new Map<Connection, Promise<ClusterAccess>>();
  private fromKubeconfig: Promise<ClusterAccess> | undefined;
  private runtime: Promise<RuntimeBundle> | undefined;

  constructor(
    readonly config: ClusterConfig,
    private readonly runtimeDir: string | undefined,
    readonly log: Logger,
    options: { clock?: Clock; pool?: ConnectionPool } = {},
  ) {
    this.clock = options.clock ?? systemClock;
    this.pool = options.pool ?? new ConnectionPool({ clock: this.clock });
  }

  /** The runtime that hosts get. @throws Error when it has not been built */
  bundle(): Promise<RuntimeBundle> {
    this.runtime ??= (async () => readBundle(this.runtimeDir ?? locateBundle(__dirname)))();
    return this.runtime;
  }

  /** A connection with root's rights, shared by everybody who names the host alike. @throws ConnectionError */
  async connect(target: SshTarget, options?: ConnectOptions): Promise<Connection> {
    return connectAsRoot(await this.pool.get(await hostAddress(target), options));
  }

  /** The cluster of the provider's configuration; undefined where none is configured or it is not known yet. */
  async cluster(options?: ConnectOptions): Promise<ClusterAccess | undefined> {
    if (this.config === 'unknown') return undefined;
    const { server, kubeconfig, context } = this.config;
    if (server) return this.clusterAt(server, options);
    if (!kubeconfig) return undefined;
    this.fromKubeconfig ??= clusterOfKubeconfig(kubeconfig, context ?? undefined);
    this.fromKubeconfig.catch(() => {
      this.fromKubeconfig = undefined;
    });
    return this.fromKubeconfig;
  }

  /** The cluster whose control plane runs on this host. */
  async clusterAt(server: SshTarget, options?: ConnectOptions): Promise<ClusterAccess> {
    const connection = await this.connect(server, options);
    const known = this.clusters.get(connection);
    if (known) return known;
    const opening = clusterOverSsh(() => this.connect(server, options));
    this.clusters.set(connection, opening);
    opening.catch(() => this.clusters.delete(connection));
    return opening;
  }

  async close(): Promise<void> {
    await this.pool.closeAll();
  }
}
