import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ServerAddress } from './connect';

/** What one context of a kubeconfig says: whom to reach and as whom. PEM text. */
export interface KubeconfigIdentity extends Omit<ServerAddress, 'connect'> {
  /** @default "orlop" - name of the cluster, the user and the context */
  name?: string;
  /** Namespace of requests that name none. */
  namespace?: string;
}

const named = <K extends string, T extends z.ZodType>(key: K, value: T) =>
  z.array(z.looseObject({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<K, T>));

const kubeconfigSchema = z.looseObject({
  'current-context': z.string().optional(),
  clusters: named(
    'cluster',
    z.looseObject({
      server: z.string(),
      'certificate-authority': z.string().optional(),
      'certificate-authority-data': z.string().optional(),
      'tls-server-name': z.string().optional(),
      'insecure-skip-tls-verify': z.boolean().optional(),
    }),
  ),
  users: named(
    'user',
    z.looseObject({
      'client-certificate': z.string().optional(),
      'client-certificate-data': z.string().optional(),
      'client-key': z.string().optional(),
      'client-key-data': z.string().optional(),
      token: z.string().optional(),
      exec: z.unknown().optional(),
      'auth-provider': z.unknown().optional(),
    }),
  ),
  contexts: named(
    'context',
    z.looseObject({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }),
  ),
});

/** A kubeconfig with one context and every certificate inside it; kubectl and Helm read it as it is. */
export function formatKubeconfig(identity: KubeconfigIdentity): string {
  const { name = 'orlop', server, ca, cert, key, token, servername, namespace } = identity;
  const user = {
    ...(cert ? { 'client-certificate-data': base64(cert) } : {}),
    ...(key ? { 'client-key-data': base64(key) } : {}),
    ...(token ? { token } : {}),
  };
  const cluster = {
    server,
    ...(ca ? { 'certificate-authority-data': base64(ca) } : {}),
    ...(servername ? { 'tls-server-name': servername } : {}),
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace ? { namespace } : {}) } }],
    'current-context': name,
  });
}

/**
 * Reads one context of a kubeconfig's text. Files it names are read relative to `directory`.
 * @throws Error naming what is missing, or a way to authenticate that is not served (exec plug-ins)
 */
export async function parseKubeconfig(
  text: string,
  options: { context?: string; directory?: string; source?: string } = {},
): Promise<KubeconfigIdentity> {
  const source = options.source ?? 'kubeconfig';
  const parsed = kubeconfigSchema.safeParse(parse(text));
  if (!parsed.success) throw new Error(`${source} is no kubeconfig: ${z.prettifyError(parsed.error)}`);
  const config = parsed.data;
  const contextName = options.context ?? config['current-context'];
  const context = find(config.contexts, contextName, 'context', source).context;
  const cluster = find(config.clusters, context.cluster, 'cluster', source).cluster;
  const user = find(config.users, context.user, 'user', source).user;
  if (user.exec || user['auth-provider']) {
    throw new Error(
      `${source}: user "${context.user}" authenticates by a plug-in; only client certificates and tokens are served. ` +
        'Make a kubeconfig with a token (kubectl create token) or a certificate.',
    );
  }
  if (cluster['insecure-skip-tls-verify']) {
    throw new Error(`${source}: insecure-skip-tls-verify is not served; give certificate-authority-data instead.`);
  }
  const pem = async (data: string | undefined, path: string | undefined) =>
    data
      ? Buffer.from(data, 'base64').toString('utf8')
      : path
        ? readFile(resolve(options.directory ?? '.', path), 'utf8')
        : undefined;
  return {
    name: contextName,
    server: cluster.server,
    ca: await pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    servername: cluster['tls-server-name'],
    cert: await pem(user['client-certificate-data'], user['client-certificate']),
    key: await pem(user['client-key-data'], user['client-key']),
    token: user.token,
    namespace: context.namespace,
  };
}

/** Reads a kubeconfig file; see parseKubeconfig. */
export async function readKubeconfig(path: string, context?: string): Promise<KubeconfigIdentity> {
  const text = await readFile(path, 'utf8');
  return parseKubeconfig(text, { context, directory: dirname(path), source: path });
}

/** Writes a kubeconfig that only its owner can read, whole or not at all. */
export async function writeKubeconfig(path: string, identity: KubeconfigIdentity): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, formatKubeconfig(identity), { mode: 0o600 });
  await rename(temporary, path);
}

function find<T extends { name: string }>(items: T[], name: string | undefined, what: string, source: string): T {
  const item = items.find((candidate) => candidate.name === name);
  if (item) return item;
  const known = items.map((candidate) => candidate.name).join(', ') || 'none';
  throw new Error(`${source}: ${what} "${name ?? ''}" does not exist; it has: ${known}`);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
