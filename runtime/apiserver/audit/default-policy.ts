import type { Policy } from '../../config/audit-policy';
import { nodesGroup } from '../auth/user';

/**
 * Every request once, when it is answered, without bodies; but not the cluster's own noise: health checks, nodes'
 * heartbeats and what agents and the server's own controllers read. An idle cluster writes nearly nothing.
 */
export const defaultPolicy: Policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'None',
      verbs: ['get', 'head'],
      nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/ca', '/api*', '/openapi*'],
    },
    {
      level: 'None',
      userGroups: [nodesGroup],
      namespaces: ['kube-node-lease'],
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
    },
    {
      level: 'None',
      userGroups: [nodesGroup],
      verbs: ['get', 'update', 'patch'],
      resources: [{ group: '', resources: ['nodes', 'nodes/status'] }],
    },
    {
      level: 'None',
      userGroups: [nodesGroup],
      verbs: ['get', 'list', 'watch'],
      resources: [
        { group: '', resources: ['nodes', 'pods', 'services'] },
        { group: 'discovery.k8s.io', resources: ['endpointslices'] },
      ],
    },
    { level: 'None', users: ['system:internal'], verbs: ['get', 'list', 'watch'] },
    {
      level: 'None',
      verbs: ['create', 'update', 'patch'],
      resources: [
        { group: '', resources: ['events'] },
        { group: 'events.k8s.io', resources: ['events'] },
      ],
    },
    { level: 'Metadata' },
  ],
};
