import { type FieldTerm, parseFieldSelector } from '../../kube/selector';
import type { RequestInfo, ResourceInfo } from '../http/request-info';
import { mastersGroup, nodeNameOf, type User } from './user';

/** What the node authorizer asks about the cluster. */
export interface NodeFacts {
  /** Whether the pod is bound to the node; undefined when there is no such pod. */
  podIsOn(node: string, namespace: string, pod: string): boolean | undefined;
  /** Whether a pod bound to the node names this object. */
  refersTo(node: string, kind: 'secrets' | 'configmaps', namespace: string, name: string): boolean;
}

export type Decision = { allowed: true } | { allowed: false; reason: string };

const allow: Decision = { allowed: true };
const open = ['/livez', '/readyz', '/healthz', '/version', '/ca', '/join'];
const discovery = ['/api', '/apis', '/openapi', '/version'];
const reads = ['get', 'list', 'watch'];
const nodeLeases = 'kube-node-lease';

/**
 * Decides whether a user may make a request. Administrators may do everything, nodes what concerns them, and nobody
 * else anything but ask for health, the version and the CA.
 */
export function authorize(user: User, request: RequestInfo, facts: NodeFacts): Decision {
  if (user.groups.includes(mastersGroup)) return allow;
  if (request.resource) {
    const node = nodeNameOf(user);
    return node ? authorizeNode(node, request, request.resource, facts) : deny('');
  }
  if (isUnder(request.path, open)) return allow;
  if (user.groups.includes('system:authenticated') && request.verb === 'get' && isUnder(request.path, discovery)) {
    return allow;
  }
  return deny('');
}

function deny(reason: string): Decision {
  return { allowed: false, reason };
}

function isUnder(path: string, roots: string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}

function authorizeNode(node: string, request: RequestInfo, resource: ResourceInfo, facts: NodeFacts): Decision {
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
      return reads.includes(verb) ? allow : deny('a node may only read this');
    case 'events':
      return ['create', 'update', 'patch'].includes(verb) ? allow : deny('a node may only write events');
    case 'coordination.k8s.io/leases':
      if (namespace !== nodeLeases) return deny(`a node may only access leases in ${nodeLeases}`);
      if (verb === 'create') return allow;
      return onSelf(verb, ['get', 'list', 'watch', 'update', 'patch', 'delete'], name, node);
    case 'pods':
      return authorizePods(node, request, resource, facts);
    case 'pods/status':
    case 'pods/eviction':
      return podIsOwn(facts, node, namespace, name);
    case 'secrets':
    case 'configmaps': {
      if (!reads.includes(verb) || !name) return deny(`a node may only read single ${plural}`);
      if (facts.refersTo(node, plural as 'secrets' | 'configmaps', namespace, name)) return allow;
      return deny(`no relationship found between node '${node}' and this object`);
    }
    default:
      return deny('');
  }
}

function onSelf(verb: string, verbs: string[], name: string | undefined, node: string): Decision {
  if (name !== node) return deny(`node '${node}' may only access its own`);
  return verbs.includes(verb) ? allow : deny(`a node may not ${verb} this`);
}

function authorizePods(node: string, request: RequestInfo, resource: ResourceInfo, facts: NodeFacts): Decision {
  const { verb, query } = request;
  const { namespace = '', name } = resource;
  if (verb === 'list' || verb === 'watch') {
    if (name && namespace && facts.podIsOn(node, namespace, name)) return allow;
    if (selects(query.get('fieldSelector'), { field: 'spec.nodeName', operator: '=', value: node })) return allow;
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
