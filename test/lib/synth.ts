import { TerraformStack, Testing } from 'cdktf';
import { Cluster, type ClusterProps, DockerNode } from '../../lib';

/** A stack with a cluster of one server, for tests. */
export function clusterStack(props: ClusterProps = {}) {
  const stack = new TerraformStack(Testing.app(), 'stack');
  const cluster = new Cluster(stack, 'demo', { dockerProvider: 'bundled', ...props });
  return { stack, cluster };
}

export function clusterWithServer(props: ClusterProps = {}) {
  const made = clusterStack(props);
  return { ...made, server: new DockerNode(made.cluster, 'server', { role: 'server' }) };
}

interface Synthesized {
  resource: Record<string, Record<string, Record<string, unknown>>>;
  provider: Record<string, Array<Record<string, unknown>>>;
  terraform: { required_providers: Record<string, { source: string; version: string }> };
  variable?: Record<string, Record<string, unknown>>;
}

export function synthesized(stack: TerraformStack): Synthesized {
  return JSON.parse(Testing.synth(stack, true)) as Synthesized;
}

/** The resources of a type, in the order of their ids. */
export function resources(stack: TerraformStack, type: string): Array<Record<string, unknown>> {
  return Object.entries(synthesized(stack).resource[type] ?? {}).map(([, resource]) => resource);
}

/** The manifest of the only orlop_object of a kind. */
export function manifest(stack: TerraformStack, kind: string): Record<string, unknown> {
  const found = resources(stack, 'orlop_object')
    .map((resource) => resource.manifest as Record<string, unknown>)
    .filter((each) => each.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0] as Record<string, unknown>;
}
