import type { Condition, ObjectMeta, ServiceCIDR } from '../../kube/generated/types';
import { builtInFlowSchemas, builtInPriorityLevels } from '../../kube/kinds/flowcontrol';
import type { AnyObject } from '../../kube/object';
import {
  flowSchemas,
  namespaces,
  priorityClasses,
  priorityLevelConfigurations,
  type Resource,
  serviceCidrs,
  services,
} from '../../kube/resource';
import { isStatusError, StatusError } from '../../kube/status-error';
import { namespaceNames, systemPriorityClasses } from '../../kube/well-known';
import { rfc3339 } from '../../util/clock';
import { internalUser } from '../auth/user';
import { formatIpv4, type IpRange } from '../hooks/ip-range';
import type { RegistryContext, WriteRequest } from '../registry/context';
import { createObject } from '../registry/create';
import { cachedObject } from '../registry/read';
import { modifyObject } from '../registry/update';

/** How the server itself writes. */
const serverRequest: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};

/**
 * Makes what every cluster has: its namespaces, the Service by which pods reach the API, the range of Services, the
 * system's priority classes, the priority levels and flow schemas of Kubernetes. What is there stays.
 */
export async function createDefaults(context: RegistryContext, serviceRange: IpRange, port: number): Promise<void> {
  await context.cache.fresh();
  for (const name of Object.values(namespaceNames)) {
    await ensure(context, namespaces, undefined, { metadata: { name } });
  }
  await ensure(context, services, namespaceNames.default, {
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: formatIpv4(serviceRange.base + 1),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  });
  for (const [name, value] of Object.entries(systemPriorityClasses)) {
    const description = `Used for system critical pods that must ${criticalPods[name] ?? ''}`;
    await ensure(context, priorityClasses, undefined, { metadata: { name }, value, description });
  }
  await ensureServiceRange(context, serviceRange);
  await Promise.all([
    ...builtInPriorityLevels.map((level) => ensure(context, priorityLevelConfigurations, undefined, level)),
    ...builtInFlowSchemas.map((schema) => ensure(context, flowSchemas, undefined, schema)),
  ]);
}

const criticalPods: Record<string, string> = {
  'system-cluster-critical': 'run in the cluster, but can be moved to another node if necessary.',
  'system-node-critical': 'not be moved from their current node.',
};

/** The range of Services, as clients look it up; the server itself goes by its configuration. */
async function ensureServiceRange(context: RegistryContext, { base, size }: IpRange): Promise<void> {
  const name = 'kubernetes';
  const bits = 32 - Math.log2(size);
  await ensure(context, serviceCidrs, undefined, {
    metadata: { name, finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
    spec: { cidrs: [`${formatIpv4(base)}/${bits}`] },
  });
  const { group, version, plural } = serviceCidrs;
  const kind = context.catalog.find(group, version, plural);
  if (!kind) return;
  const ready: Condition = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes Service CIDR is ready',
    lastTransitionTime: rfc3339(context.clock.now()),
  };
  const change = (range: AnyObject) => {
    const { status } = range as unknown as ServiceCIDR;
    if (!status?.conditions?.some(({ type }) => type === ready.type)) range.status = { conditions: [ready] };
    return { value: range, duplicates: [] };
  };
  await modifyObject(context, { kind, name }, 'status', change, serverRequest);
}

async function ensure<T extends { metadata: ObjectMeta }>(
  context: RegistryContext,
  { group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  value: T,
): Promise<void> {
  const kind = context.catalog.find(group, version, plural);
  if (!kind) throw new StatusError('InternalError', `kind ${plural} is not served`);
  if (cachedObject(context.cache, { kind, namespace, name: value.metadata.name ?? '' })) return;
  try {
    await createObject(context, kind, namespace, { value, duplicates: [] }, serverRequest);
  } catch (error) {
    // Another server over the same store was first.
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
