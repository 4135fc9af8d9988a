import type { ClusterRole, PolicyRule } from '../../../../../kube/generated/types';
import { read, readWrite, rule, urlRule, write } from './rule';

/** A default ClusterRole, but for what all have alike. */
export type DefaultRole = Pick<ClusterRole, 'rules' | 'aggregationRule'> & {
  name: string;
  labels?: Record<string, string>;
};

const aggregate = (to: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${to}`]: 'true' });

function aggregated(to: string, labels?: Record<string, string>): DefaultRole {
  return { name: to, labels, aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregate(to) }] } };
}

function part(to: string, rules: PolicyRule[]): DefaultRole {
  return { name: `system:aggregate-to-${to}`, labels: aggregate(to), rules };
}

const appsWritten =
  'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';
const appsRead =
  'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets ' +
  'replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status';

/**
 * What people get: cluster-admin, and admin, edit and view, each put together from the ClusterRoles that carry its label,
 * so that custom resources join them with a role of their own.
 */
export const userRoles: readonly DefaultRole[] = [
  { name: 'cluster-admin', rules: [rule('*', '*', '*'), urlRule('*', '*')] },
  aggregated('admin'),
  aggregated('edit', aggregate('admin')),
  aggregated('view', aggregate('edit')),
  part('admin', [
    rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
    rule(readWrite, 'rbac.authorization.k8s.io', 'roles rolebindings'),
  ]),
  part('edit', [
    rule(read, '', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
    rule('impersonate', '', 'serviceaccounts'),
    rule(write, '', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
    rule('create', '', 'pods/eviction'),
    rule(
      write,
      '',
      'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets ' +
        'serviceaccounts services services/proxy',
    ),
    rule('create', '', 'serviceaccounts/token'),
    rule(write, 'apps', appsWritten),
    rule(write, 'autoscaling', 'horizontalpodautoscalers'),
    rule(write, 'batch', 'cronjobs jobs'),
    rule(write, 'policy', 'poddisruptionbudgets'),
    rule(write, 'networking.k8s.io', 'ingresses networkpolicies'),
    rule(readWrite, 'coordination.k8s.io', 'leases'),
  ]),
  part('view', [
    rule(
      read,
      '',
      'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers ' +
        'replicationcontrollers/scale serviceaccounts services services/status',
    ),
    rule(
      read,
      '',
      'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status ' +
        'resourcequotas resourcequotas/status',
    ),
    rule(read, '', 'namespaces'),
    rule(read, 'discovery.k8s.io', 'endpointslices'),
    rule(read, 'apps', appsRead),
    rule(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
    rule(read, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
    rule(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
    rule(read, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  ]),
];
