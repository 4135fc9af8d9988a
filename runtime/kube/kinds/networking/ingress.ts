import type { Ingress, IngressTLS } from '../../generated/types';
import type { Kind } from '../../kind';
import { ingresses } from '../../resource';
import { ageColumn, nameColumn, orNone, textColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { checkIngress, checkIngressStatus, checkIngressUpdate, ingressClassAnnotation } from './validate-ingress';

/** Hosts that `kubectl get` names before it counts the rest. */
const shownHosts = 3;

export const ingressKind: Kind<Ingress> = {
  resource: ingresses,
  singular: 'ingress',
  shortNames: ['ing'],
  categories: [],
  schema: builtInSchema(ingresses),
  subresources: { status: true },
  applyDefaults: (ingress) => void ensure(ingress, 'spec'),
  ...specStrategy<Ingress>(() => ({ loadBalancer: {} })),
  validate: checkIngress,
  validateUpdate: checkIngressUpdate,
  validateStatusUpdate: checkIngressStatus,
  warnings: ({ metadata }) =>
    metadata.annotations?.[ingressClassAnnotation] === undefined
      ? []
      : [`annotation "${ingressClassAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`],
  columns: [
    nameColumn(),
    textColumn('Class', 'The class that serves it.', ({ spec }) => orNone(spec?.ingressClassName)),
    textColumn('Hosts', 'Hosts of the rules.', hosts),
    textColumn('Address', 'Where it is reached.', address),
    textColumn('Ports', 'Ports on which it listens.', ({ spec }) => ports(spec?.tls)),
    ageColumn(),
  ],
};

function hosts({ spec }: Ingress): string {
  const names = (spec?.rules ?? []).map(({ host }) => host).filter(Boolean);
  if (names.length === 0) return '*';
  const more = names.length > shownHosts ? ` + ${names.length - shownHosts} more...` : '';
  return `${names.slice(0, shownHosts).join(',')}${more}`;
}

function address({ status }: Ingress): string {
  const points = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).filter(Boolean);
  return [...new Set(points)].sort().join(',');
}

function ports(tls: IngressTLS[] | undefined): string {
  return tls?.length ? '80, 443' : '80';
}
