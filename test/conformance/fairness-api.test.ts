import { tryApiOperations } from './support/api-operations';
import { useCluster } from './support/cluster';

const cluster = useCluster();
const groupVersion = 'flowcontrol.apiserver.k8s.io/v1';
const conditionOf = (type: string, status: string, reason: string) => {
  return { type, status, reason, message: 'from a test', lastTransitionTime: '2026-01-01T00:00:00Z' };
};
const condition = (type: string, reason: string) => ({ conditions: [conditionOf(type, 'True', reason)] });
/** The same beside what the server itself would put there. */
const beside = (reason: string) => ({
  conditions: [conditionOf('Dangling', 'False', 'Found'), conditionOf('Tested', 'True', reason)],
});

describe('[sig-api-machinery] API priority and fairness', () => {
  it('should support FlowSchema API operations [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'flowschemas',
      kind: 'FlowSchema',
      make: () => ({
        spec: {
          matchingPrecedence: 10000,
          priorityLevelConfiguration: { name: 'global-default' },
          distinguisherMethod: { type: 'ByUser' },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }],
              nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
            },
          ],
        },
      }),
      settled: ({ status }) => status?.conditions?.some(({ type }: { type: string }) => type === 'Dangling'),
      status: { patch: beside('Patched'), update: beside('Updated') },
    });
  });

  it('should support PriorityLevelConfiguration API operations [Conformance]', async () => {
    await tryApiOperations(cluster(), {
      groupVersion,
      plural: 'prioritylevelconfigurations',
      kind: 'PriorityLevelConfiguration',
      make: () => ({
        spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } },
      }),
      status: { patch: condition('Concurrency', 'Patched'), update: condition('Concurrency', 'Updated') },
    });
  });
});
