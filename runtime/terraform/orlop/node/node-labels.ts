import type { NodeState } from './node-state';

/**
 * The labels that a node is to have: its role and those configured. Labels in Kubernetes' own domains are not the
 * node's to set (NodeRestriction), so the provider sets them once the node has joined.
 */
export function wantedLabels(node: Pick<NodeState, 'role' | 'labels'>): Record<string, string> {
  return { ...(node.role === 'server' ? { 'node-role.kubernetes.io/control-plane': '' } : {}), ...node.labels };
}

/** Those of `labels` that a node may set on itself. */
export function ownLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !/(^|\.)(kubernetes|k8s)\.io$/.test(key.split('/')[0] ?? '')),
  );
}
