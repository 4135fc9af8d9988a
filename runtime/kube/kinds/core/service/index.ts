import type { Service } from '../../../generated/types';
import type { Kind } from '../../../kind';
import { services } from '../../../resource';
import { formatLabelSelector } from '../../../selector';
import { ageColumn, nameColumn, none, orNone, textColumn, wide } from '../../shared/columns';
import { checkObjectMetaUpdate } from '../../shared/object-meta';
import { builtInSchema } from '../../shared/schema';
import { defaultService } from './defaults';
import { prepareServiceForCreate, prepareServiceForStatusUpdate, prepareServiceForUpdate } from './strategy';
import { checkService, checkServiceUpdate } from './validate';

export { hasClusterIp, hasNodePorts, isHeadless, nodePorts } from './defaults';

export const serviceKind: Kind<Service> = {
  resource: services,
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  schema: builtInSchema(services),
  subresources: { status: true },
  replaceCreates: true,
  applyDefaults: defaultService,
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  prepareForStatusUpdate: prepareServiceForStatusUpdate,
  validate: checkService,
  validateUpdate: checkServiceUpdate,
  validateStatusUpdate: (service, old) => checkObjectMetaUpdate(service.metadata, old.metadata),
  warnings: serviceWarnings,
  columns: [
    nameColumn(),
    textColumn('Type', 'How the service is reached.', ({ spec }) => spec?.type ?? ''),
    textColumn('Cluster-IP', 'Address inside the cluster.', ({ spec }) =>
      orNone(spec?.clusterIPs?.[0] ?? spec?.clusterIP),
    ),
    textColumn('External-IP', 'Address from outside.', externalIp),
    textColumn('Port(s)', 'Ports, those on the nodes after a colon.', portsText),
    ageColumn(),
    wide(
      textColumn('Selector', 'Labels of the pods behind it.', ({ spec }) =>
        orNone(formatLabelSelector({ matchLabels: spec?.selector })),
      ),
    ),
  ],
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
};

/** Fields that are kept but that no proxy acts on. */
function serviceWarnings({ spec }: Service): string[] {
  const warnings: string[] = [];
  if (spec?.externalIPs?.length) warnings.push('spec.externalIPs: has no effect; use a NodePort');
  if (spec?.trafficDistribution) warnings.push('spec.trafficDistribution: has no effect; all endpoints are used alike');
  return warnings;
}

function externalIp({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  const own = spec?.externalIPs ?? [];
  if (spec?.type !== 'LoadBalancer') return own.join(',') || none;
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...ingress, ...own].filter(Boolean).join(',') || '<pending>';
}

function portsText({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(',') || none;
}
