import type { Node, Pod, Taint, Toleration } from '../../runtime/kube/generated/types';

/** Builds nodes for tables of cases: `node('n1').cpu('4').taint({…}).obj`. */
export function node(name: string) {
  const obj: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  const allocatable = obj.status?.allocatable as Record<string, string>;
  const builder = {
    obj,
    allocatable(amounts: Record<string, string>) {
      Object.assign(allocatable, amounts);
      return builder;
    },
    label(key: string, value: string) {
      obj.metadata.labels = { ...obj.metadata.labels, [key]: value };
      return builder;
    },
    taint(taint: Taint) {
      if (obj.spec) obj.spec.taints = [...(obj.spec.taints ?? []), taint];
      return builder;
    },
    cordon() {
      if (obj.spec) obj.spec.unschedulable = true;
      return builder;
    },
    ready(status: string) {
      if (obj.status) obj.status.conditions = [{ type: 'Ready', status }];
      return builder;
    },
  };
  return builder;
}

let uids = 0;

/** Builds pods: `pod('p').requests({cpu: '1'}).on('n1').obj`. */
export function pod(name: string) {
  const obj: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `pod-${++uids}` },
    spec: { containers: [{ name: 'c', image: 'i' }], schedulerName: 'default-scheduler' },
  };
  const spec = obj.spec as NonNullable<Pod['spec']>;
  const container = spec.containers[0] as NonNullable<typeof spec.containers>[number];
  const builder = {
    obj,
    requests(amounts: Record<string, string>) {
      container.resources = { requests: amounts };
      return builder;
    },
    hostPort(hostPort: number, hostIP?: string) {
      container.ports = [...(container.ports ?? []), { containerPort: 80, hostPort, hostIP }];
      return builder;
    },
    tolerate(toleration: Toleration) {
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
      return builder;
    },
    with(more: Partial<typeof spec>) {
      Object.assign(spec, more);
      return builder;
    },
    owner(uid: string) {
      obj.metadata.ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid, controller: true }];
      return builder;
    },
    on(nodeName: string) {
      spec.nodeName = nodeName;
      return builder;
    },
    phase(phase: string) {
      obj.status = { phase };
      return builder;
    },
  };
  return builder;
}
