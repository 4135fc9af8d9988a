import type { Kind } from '../../../../kube/kind';
import type { AnyObject } from '../../../../kube/object';
import { equalJson } from '../../../../kube/schema-engine';
import { labels, namespaceNames } from '../../../../kube/well-known';
import { forbidden } from '../../../registry/errors';
import { nodeNameOf, type User } from '../../user';

/** Labels in Kubernetes' own namespaces that a node may set on itself. */
const allowedLabels: readonly string[] = [
  labels.hostname,
  labels.os,
  labels.arch,
  labels.instanceType,
  labels.region,
  labels.zone,
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
];
const allowedLabelDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/**
 * What a node may not write although it may reach the path (Kubernetes' NodeRestriction). Other users pass.
 * @param path the subresource written through
 * @throws StatusError 403
 */
export function checkNodeWrite(
  user: User,
  kind: Kind,
  operation: 'create' | 'update' | 'delete',
  path: string | undefined,
  object: AnyObject,
  old: AnyObject | undefined,
): void {
  const node = nodeNameOf(user);
  if (!node) return;
  const { resource } = kind;
  const { name = '', namespace } = object.metadata;
  const refuse = (why: string) => forbidden(resource, name, `node ${JSON.stringify(node)} ${why}`);
  switch (`${resource.group}/${resource.plural}`) {
    case '/nodes':
      if (operation === 'delete') throw refuse('is not allowed to delete nodes');
      if (name !== node) throw refuse(`is not allowed to modify node ${JSON.stringify(name)}`);
      checkOwnNode(object, old, refuse);
      return;
    case '/pods':
      if (operation === 'create') throw refuse('can only create pods that mirror its own, and has none');
      if (operation === 'update' && path !== 'status') throw refuse('may only change the status of pods');
      if (nodeOfPod(old ?? object) !== node) throw refuse('may only write pods bound to it');
      if (old) checkPodMeta(object, old, refuse);
      return;
    case 'coordination.k8s.io/leases':
      if (namespace !== namespaceNames.nodeLease || name !== node) throw refuse('may only write its own lease');
      return;
    case 'storage.k8s.io/csinodes':
      if (name !== node) throw refuse('may only write its own CSINode');
      return;
    default:
      // What else a node may reach at all, its authorizer has said.
      return;
  }
}

function nodeOfPod(pod: AnyObject): string | undefined {
  return (pod.spec as { nodeName?: string } | undefined)?.nodeName;
}

type Refuse = (why: string) => Error;

function checkOwnNode(object: AnyObject, old: AnyObject | undefined, refuse: Refuse): void {
  const meta = object.metadata;
  // An owner that does not exist would make the garbage collector delete the node, its taints and labels with it.
  if (!equalJson(meta.ownerReferences ?? [], old?.metadata.ownerReferences ?? [])) {
    throw refuse('is not allowed to modify its ownerReferences');
  }
  if (old && !equalJson(specField(object, 'taints') ?? [], specField(old, 'taints') ?? [])) {
    throw refuse('is not allowed to modify taints');
  }
  const changed = changedKeys(meta.labels, old?.metadata.labels);
  const refused = changed.filter((label) => !mayLabel(label));
  if (refused.length) throw refuse(`is not allowed to modify labels: ${refused.sort().join(', ')}`);
}

function checkPodMeta(object: AnyObject, old: AnyObject, refuse: Refuse): void {
  if (changedKeys(object.metadata.labels, old.metadata.labels).length) {
    throw refuse('cannot update labels through pod status');
  }
  if (!equalJson(object.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    throw refuse('cannot update ownerReferences through pod status');
  }
}

function specField(object: AnyObject, field: string): unknown {
  return (object.spec as Record<string, unknown> | undefined)?.[field];
}

function changedKeys(now: Record<string, string> = {}, before: Record<string, string> = {}): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((key) => now[key] !== before[key]);
}

/** Labels outside Kubernetes' own domains are free; inside, those that describe the machine. */
function mayLabel(label: string): boolean {
  const domain = label.includes('/') ? (label.split('/', 1)[0] as string) : '';
  const inDomain = (root: string) => domain === root || domain.endsWith(`.${root}`);
  if (inDomain('node-restriction.kubernetes.io')) return false;
  if (!inDomain('kubernetes.io') && !inDomain('k8s.io')) return true;
  return allowedLabels.includes(label) || allowedLabelDomains.some(inDomain);
}
