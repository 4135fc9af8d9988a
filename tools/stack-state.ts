import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hostPaths } from '../runtime/config/config';
import { connectSsh } from '../runtime/provision/ssh-connection';

interface NodeAttributes {
  name: string;
  role: 'server' | 'agent';
  host: string;
  port: number;
  user: string;
  private_key_file: string;
  host_key: string;
}

export interface StackState {
  nodes: NodeAttributes[];
  outputs: Record<string, unknown>;
  resources: number;
}

/** What Terraform keeps of a synthesized stack, wherever its backend keeps it; undefined before the first deploy. */
export function stackState(stack: string, project: string): StackState | undefined {
  const folder = join(project, 'cdktf.out', 'stacks', stack);
  if (!existsSync(join(folder, '.terraform'))) return undefined;
  const binary = process.env.TERRAFORM_BINARY_NAME ?? 'terraform';
  const text = execFileSync(binary, ['state', 'pull'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (text.trim() === '') return undefined;
  const state = JSON.parse(text) as {
    outputs?: Record<string, { value: unknown }>;
    resources?: Array<{ mode: string; type: string; instances: Array<{ attributes: unknown }> }>;
  };
  const managed = (state.resources ?? []).filter((resource) => resource.mode === 'managed');
  const nodes = managed.filter((resource) => resource.type === 'orlop_node');
  return {
    nodes: nodes.flatMap((resource) =>
      resource.instances.map(({ attributes }) => {
        const node = attributes as NodeAttributes;
        return { ...node, private_key_file: resolve(folder, node.private_key_file) };
      }),
    ),
    outputs: Object.fromEntries(Object.entries(state.outputs ?? {}).map(([name, { value }]) => [name, value])),
    resources: managed.length,
  };
}

/** The administrator's kubeconfig, fetched from the server over SSH. */
export async function fetchKubeconfig(state: StackState): Promise<string> {
  const server = state.nodes.find((node) => node.role === 'server');
  if (!server) throw new Error('the stack has no server node: deploy it first');
  const connection = await connectSsh({
    host: server.host,
    port: server.port,
    user: server.user,
    privateKey: readFileSync(server.private_key_file, 'utf8'),
    expectedHostKey: server.host_key,
  });
  try {
    return (await connection.download(hostPaths().adminKubeconfig)).toString('utf8');
  } finally {
    await connection.close();
  }
}
