import { Construct } from 'constructs';
import { z } from 'zod';
import { checkProps } from '../support/props';
import { DockerNode, type DockerNodeProps } from './docker-node';
import type { ClusterNode } from './node';
import { SshNode, type SshNodeProps } from './ssh-node';

const NodePoolPropsSchema = z.strictObject({
  count: z.int().min(0).max(1000).optional(),
  docker: z.custom<object>((value) => typeof value === 'object').optional(),
  hosts: z
    .array(
      z.custom<SshNodeProps>((value) => typeof value === 'object' && value !== null, 'must be an object with a host'),
    )
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

export interface NodePoolProps {
  /** How many DockerNodes. @default - as many SshNodes as `hosts` has */
  readonly count?: number;
  /** What the pool's DockerNodes have in common. @default - DockerNode's own defaults */
  readonly docker?: Omit<DockerNodeProps, 'name' | 'role' | 'sshPort'>;
  /** Hosts of SshNodes, instead of a count. */
  readonly hosts?: SshNodeProps[];
  /** Labels of every node, beside `orlop.dev/pool=<id>`. @default - none */
  readonly labels?: Record<string, string>;
}

/** Agents that are alike, named `<id>-1`, `<id>-2`, …: containers by count, or hosts by address. */
export class NodePool extends Construct {
  readonly nodes: ClusterNode[];

  constructor(scope: Construct, id: string, props: NodePoolProps) {
    const checked = checkProps(scope, id, NodePoolPropsSchema, props);
    super(scope, id);
    if ((checked.count === undefined) === (checked.hosts === undefined)) {
      throw new Error(`${this.node.path}: a NodePool takes either count (of DockerNodes) or hosts (of SshNodes)`);
    }
    const labels = { 'orlop.dev/pool': id, ...checked.labels };
    const name = (index: number) => `${id}-${index + 1}`;
    this.nodes = checked.hosts
      ? checked.hosts.map(
          (host, index) => new SshNode(this, name(index), { ...host, labels: { ...labels, ...host.labels } }),
        )
      : Array.from(
          { length: checked.count ?? 0 },
          (_, index) =>
            new DockerNode(this, name(index), { ...props.docker, labels: { ...labels, ...props.docker?.labels } }),
        );
  }
}
