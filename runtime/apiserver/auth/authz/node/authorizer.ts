import { type FieldTerm, parseFieldSelector } from '../../../../kube/selector';
import type { ResourceInfo } from '../../../http/request-info';
import { nodeNameOf, type User } from '../../user';
import type { Attributes, Authorizer, Decision } from '../authorizer';
import type { NodeFacts } from './graph';
import type { ReferredResource } from './pod-references';

const allow: Decision = { allowed: true, reason: '' };
const reads = ['get', 'list', 'watch'];
const nodeLeases = 'kube-node-lease';

/** Allows a node what concerns it: itself, the pods bound to it, and what these pods refer to. */
export class NodeAuthorizer implements Authorizer {
  constructor(private readonly facts: NodeFacts) {}

  authorize(user: User, attributes: Attributes): Decision {
    const node = nodeNameOf(user);
    const { resource } = attributes;
    return node && resource ? authorizeNode(node, attributes, resource, this.facts) : deny('');
  }
}

function deny(reason: string): Decision {
  return { allowed: false, reason };
}

function authorizeNode(node: string, request: Attributes, resource: ResourceInfo, facts: NodeFacts): Decision {
  const { verb } = request;
  const { group, plural, namespace = '', name, subresource } = resource;
  const path = [group, plural, subresource].filter(Boolean).join('/');
  switch (path) {
    case 'nodes':
      // Of a create the name stands in the body; admission checks it.
      if (reads.includes(verb) || verb === 'create') return allow;
      return onSelf(verb, ['update', 'patch'], name, node);
    case 'nodes/status':
      return onSelf(verb, ['get', 'update', 'patch'], name, node);
    case 'services':
    case 'discovery.k8s.io/endpointslices':
    case 'node.k8s.io/runtimeclasses':
    case 'storage.k8s.io/csidrivers':
      return reads.includes(verb) ? allow : deny('a node may only read this');
    case 'events':
    case 'events.k8s.io/events':
      return ['create', 'update', 'patch'].includes(verb) ? allow : deny('a node may only write events');
    case 'coordination.k8s.io/leases':
      if (namespace !== nodeLeases) return deny(`a node may only access leases in ${nodeLeases}`);
      if (verb === 'create') return allow;
      return onSelf(verb, ['get', 'list', 'watch', 'update', 'patch', 'delete'], name, node);
    case 'storage.k8s.io/csinodes':
      if (verb === 'create') return allow;
      return onSelf(verb, ['get', 'update', 'patch', 'delete'], name, node);
    case 'pods':
      return authorizePods(node, request, resource, facts);
    case 'pods/status':
    case 'pods/eviction':
      return podIsOwn(facts, node, namespace, name);
    case 'secrets':
    case 'configmaps':
    case 'persistentvolumeclaims':
    case 'persistentvolumes':
    case 'serviceaccounts':
      if (!reads.includes(verb) || !name) return deny(`a node may only read single ${plural}`);
      return related(facts, node, plural as ReferredResource, namespace, name);
    case 'serviceaccounts/token':
      // For which pod and which audience, the token's maker checks.
      if (verb !== 'create' || !name) return deny('a node may only create tokens of service accounts');
      return related(facts, node, 'serviceaccounts', namespace, name);
    case 'certificates.k8s.io/certificatesigningrequests':
      return verb === 'create' || reads.includes(verb) ? allow : deny('a node may only make and read these');
    case 'authentication.k8s.io/tokenreviews':
    case 'authorization.k8s.io/subjectaccessreviews':
    case 'authorization.k8s.io/localsubjectaccessreviews':
      return verb === 'create' ? allow : deny('');
    default:
      return deny('');
  }
}

function related(
  facts: NodeFacts,
  node: string,
  resource: ReferredResource,
  namespace: string,
  name: string,
): Decision {
  if (facts.refersTo(node, resource, namespace, name)) return allow;
  return deny(`no relationship found between node '${node}' and this object`);
}

function onSelf(verb: string, verbs: string[], name: string | undefined, node: string): Decision {
  if (name !== node) return deny(`node '${node}' may only access its own`);
  return verbs.includes(verb) ? allow : deny(`a node may not ${verb} this`);
}

function authorizePods(node: string, request: Attributes, resource: ResourceInfo, facts: NodeFacts): Decision {
  const { verb, query } = request;
  const { namespace = '', name } = resource;
  if (verb === 'list' || verb === 'watch') {
    if (name && namespace && facts.podIsOn(node, namespace, name)) return allow;
    if (selects(query?.get('fieldSelector') ?? null, { field: 'spec.nodeName', operator: '=', value: node }))
      return allow;
    return deny(`a node may only ${verb} pods with field selector spec.nodeName=${node}`);
  }
  if (verb === 'get' || verb === 'delete') return podIsOwn(facts, node, namespace, name);
  return deny(`a node may not ${verb} pods`);
}

/** A pod that does not exist may be asked for: the answer is then that it does not. */
function podIsOwn(facts: NodeFacts, node: string, namespace: string, name: string | undefined): Decision {
  if (name && facts.podIsOn(node, namespace, name) !== false) return allow;
  return deny(`the pod is not bound to node '${node}'`);
}

function selects(selector: string | null, wanted: FieldTerm): boolean {
  try {
    return parseFieldSelector(selector ?? '').some(
      (term) => term.field === wanted.field && term.operator === wanted.operator && term.value === wanted.value,
    );
  } catch {
    return false;
  }
}
