/** How an etcd is reached. */
export interface EtcdOptions {
  /** URLs of its members: `https://10.0.0.1:2379`. One that fails is left for the next. */
  endpoints: readonly string[];
  /** What the keys of this cluster begin with in etcd. @default '/orlop' */
  prefix?: string;
  /** PEM. With `https` the members' certificates are checked against `ca`; `cert` and `key` are ours. */
  tls?: { ca?: string; cert?: string; key?: string };
  /** Milliseconds after which a request that got no answer fails. @default 5000 */
  timeoutMs?: number;
}

export const defaultEtcdPrefix = '/orlop';
