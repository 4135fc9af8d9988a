import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import { z } from 'zod';
import type { ServicePort } from '../../runtime/kube/generated/types';
import { checkProps, port } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape } from './api-object';
import { Deployment } from './deployment';

const ServicePortSchema = z.looseObject({
  port,
  targetPort: z.union([port, z.string().min(1)]).optional(),
  nodePort: z.int().min(30000).max(32767).optional(),
  hostPort: port.optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
});

const ServicePropsSchema = z.strictObject({
  ...apiObjectShape,
  selector: z.union([z.instanceof(Deployment), z.record(z.string(), z.string())], 'must be a Deployment or labels'),
  ports: z.array(ServicePortSchema).min(1),
  type: z.enum(['ClusterIP', 'NodePort', 'ExternalName', 'LoadBalancer']).optional(),
  spec: z.custom<object>((value) => typeof value === 'object' && value !== null).optional(),
});

/** A port of a Service, which may also be opened on the operator's machine. */
export interface ServicePortProps extends ServicePort {
  /** Port of 127.0.0.1 on this machine that leads here; the Service then is a NodePort. @default - none */
  readonly hostPort?: number;
}

export interface ServiceProps extends ApiObjectProps {
  /** The workload whose pods answer, or the labels of the pods. */
  readonly selector: Deployment | Record<string, string>;
  readonly ports: ServicePortProps[];
  /** @default - NodePort where a port has nodePort or hostPort, else ClusterIP */
  readonly type?: 'ClusterIP' | 'NodePort' | 'ExternalName' | 'LoadBalancer';
  /** Anything else of the Service's spec, as in Kubernetes. @default - Kubernetes' own defaults */
  readonly spec?: Record<string, unknown>;
}

/** One address for the pods of a workload. */
export class Service extends ApiObject {
  private readonly hostPort: number | undefined;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    checkProps(scope, id, ServicePropsSchema, props);
    super(scope, id, props);
    const ports = props.ports.map(({ hostPort, ...rest }) => {
      const nodePort =
        rest.nodePort ??
        (hostPort === undefined ? undefined : derivedNodePort(`${this.namespaceName}/${this.objectName}/${rest.port}`));
      if (hostPort !== undefined && nodePort !== undefined) {
        this.cluster.publish({ hostPort, nodePort, protocol: rest.protocol === 'UDP' ? 'udp' : 'tcp' });
      }
      return { ...rest, ...(nodePort === undefined ? {} : { nodePort }) };
    });
    this.hostPort = props.ports.find((each) => each.hostPort !== undefined)?.hostPort;
    const open = ports.some((each) => each.nodePort !== undefined);
    const selector = props.selector instanceof Deployment ? props.selector.selector : props.selector;
    this.make({
      apiVersion: 'v1',
      kind: 'Service',
      body: () => ({ spec: { type: props.type ?? (open ? 'NodePort' : 'ClusterIP'), selector, ports, ...props.spec } }),
    });
  }

  /** URL at which this machine reaches the Service. @throws Error when no port has a hostPort */
  get url(): string {
    if (this.hostPort === undefined)
      throw new Error(`${this.node.path}: the Service has no URL on this machine: give one of its ports a hostPort`);
    return `http://127.0.0.1:${this.hostPort}`;
  }
}

/** The same NodePort for the same Service in every plan, and unlikely to be another's. */
function derivedNodePort(name: string): number {
  return 30000 + (createHash('sha256').update(name).digest().readUInt32BE(0) % 2768);
}
