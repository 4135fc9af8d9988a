import type { Service } from '../generated/types';
import { parseQuantity } from '../quantity';
import { services } from '../resource';
import { countName, one } from './counts';
import type { QuotaEvaluator } from './evaluator';

const names = [countName(services), 'services', 'services.nodeports', 'services.loadbalancers'];

/** A Service may become another type, so updates count too. */
export const serviceEvaluator: QuotaEvaluator = {
  counts: (name) => names.includes(name),
  usage(object) {
    const { spec } = object as unknown as Service;
    const balanced = spec?.type === 'LoadBalancer';
    return {
      [countName(services)]: one,
      services: one,
      'services.nodeports': parseQuantity(nodePorts(spec)),
      'services.loadbalancers': parseQuantity(balanced ? 1 : 0),
    };
  },
  charges: (_operation, subresource) => !subresource,
};

function nodePorts(spec: Service['spec']): number {
  const ports = spec?.ports ?? [];
  if (spec?.type === 'NodePort') return ports.length;
  if (spec?.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
}
