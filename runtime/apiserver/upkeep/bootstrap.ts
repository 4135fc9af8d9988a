import { namespaces, type Resource, services } from '../../kube/resource';
import { isStatusError, StatusError } from '../../kube/status-error';
import { namespaceNames } from '../../kube/well-known';
import { internalUser } from '../auth/user';
import { formatIpv4, type IpRange } from '../hooks/ip-range';
import type { RegistryContext, WriteRequest } from '../registry/context';
import { createObject } from '../registry/create';
import { cachedObject } from '../registry/read';

/** How the server itself writes. */
const serverRequest: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};

/** Makes what every cluster has: its namespaces, and the Service by which pods reach the API. What is there stays. */
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
}

async function ensure(
  context: RegistryContext,
  { group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  value: { metadata: { name: string; labels?: Record<string, string> }; spec?: object },
): Promise<void> {
  const kind = context.catalog.find(group, version, plural);
  if (!kind) throw new StatusError('InternalError', `kind ${plural} is not served`);
  if (cachedObject(context.cache, { kind, namespace, name: value.metadata.name })) return;
  try {
    await createObject(context, kind, namespace, { value, duplicates: [] }, serverRequest);
  } catch (error) {
    // Another server over the same store was first.
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
