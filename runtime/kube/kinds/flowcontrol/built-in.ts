import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/types';
import type { PolicyRulesWithSubjects, Subject } from '../../generated/types/flowcontrol-v1';
import { annotations, namespaceNames } from '../../well-known';

/**
 * The priority levels and flow schemas that every Kubernetes cluster has, with Kubernetes' own figures. The first two
 * of each are mandatory: their specs are fixed, and without them requests would have nowhere to go.
 */
const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

function level(name: string, spec: PriorityLevelConfiguration['spec']): PriorityLevelConfiguration {
  const metadata = { name, annotations: { [annotations.flowControlAutoUpdate]: 'true' } };
  return { apiVersion, kind: 'PriorityLevelConfiguration', metadata, spec };
}

/** A level whose requests wait in queues when it is busy. */
function queued(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  [queues, handSize]: [number, number],
) {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  const limitResponse = { type: 'Queue', queuing };
  return level(name, { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } });
}

export const builtInPriorityLevels: readonly PriorityLevelConfiguration[] = [
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level('catch-all', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
  queued('system', 30, 33, [64, 6]),
  queued('node-high', 40, 25, [64, 6]),
  queued('leader-election', 10, 0, [16, 4]),
  queued('workload-high', 40, 50, [128, 6]),
  queued('workload-low', 100, 90, [128, 6]),
  queued('global-default', 20, 50, [128, 6]),
];

type Rules = Omit<PolicyRulesWithSubjects, 'subjects'>;

const everything: Rules = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const nodesAndTheirLeases: Rules = {
  resourceRules: [
    { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
    { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
  ],
};
const probing: Rules = {
  nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
};

/** What an election of a leader reads and writes. */
function election(namespace: string): Rules {
  const verbs = ['get', 'create', 'update'];
  return {
    resourceRules: [
      { verbs, apiGroups: [''], resources: ['endpoints', 'configmaps'], namespaces: [namespace] },
      { verbs, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
    ],
  };
}

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const systemAccounts: Subject = {
  kind: 'ServiceAccount',
  serviceAccount: { name: '*', namespace: namespaceNames.system },
};
const controllerManager = user('system:kube-controller-manager');
const scheduler = user('system:kube-scheduler');
const nodes = group('system:nodes');
const everybody = [group('system:unauthenticated'), group('system:authenticated')];

function flow(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  by: 'ByUser' | 'ByNamespace' | undefined,
  subjects: Subject[],
  rules: Rules,
): FlowSchema {
  return {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name, annotations: { [annotations.flowControlAutoUpdate]: 'true' } },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(by ? { distinguisherMethod: { type: by } } : {}),
      rules: [{ subjects, ...rules }],
    },
  };
}

export const builtInFlowSchemas: readonly FlowSchema[] = [
  flow('exempt', 'exempt', 1, undefined, [group('system:masters')], everything),
  flow('catch-all', 'catch-all', 10000, 'ByUser', everybody, everything),
  flow('system-nodes', 'system', 500, 'ByUser', [nodes], everything),
  flow('system-node-high', 'node-high', 400, 'ByUser', [nodes], nodesAndTheirLeases),
  flow('probes', 'exempt', 2, undefined, everybody, probing),
  flow(
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    [controllerManager, scheduler, systemAccounts],
    election(namespaceNames.system),
  ),
  flow('workload-leader-election', 'leader-election', 200, 'ByUser', [systemAccounts], election('*')),
  flow('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [controllerManager], everything),
  flow('kube-scheduler', 'workload-high', 800, 'ByNamespace', [scheduler], everything),
  flow('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [systemAccounts], everything),
  flow('service-accounts', 'workload-low', 9000, 'ByUser', [group('system:serviceaccounts')], everything),
  flow('global-default', 'global-default', 9900, 'ByUser', everybody, everything),
];

const mandatory = new Set(['exempt', 'catch-all']);

/** The fixed spec of a mandatory object; undefined for every other. */
export function mandatorySpec<T extends { metadata: { name?: string }; spec?: object }>(
  objects: readonly T[],
  name: string | undefined,
): T['spec'] | undefined {
  return mandatory.has(name ?? '') ? objects.find(({ metadata }) => metadata.name === name)?.spec : undefined;
}
