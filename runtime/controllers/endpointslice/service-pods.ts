import type { Informer } from '../../client/informer';
import type { Pod, Service } from '../../kube/generated/types';
import { selectsLabels } from '../../kube/selector';

const byNamespace = 'namespace';

/** Whether its endpoints are the pods it selects, and not given by hand or a name elsewhere. */
export function selectsPods(service: Service): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0 && service.spec?.type !== 'ExternalName';
}

export function selects(service: Service, pod: Pod): boolean {
  if (!selectsPods(service) || service.metadata.namespace !== pod.metadata.namespace) return false;
  return selectsLabels({ matchLabels: service.spec?.selector }, pod.metadata.labels);
}

/** Answers which Services select a pod. */
export class ServicesOfPods {
  constructor(private readonly informer: Informer<Service>) {
    informer.addIndex(byNamespace, (service) => [service.metadata.namespace ?? '']);
  }

  of(pod: Pod): Service[] {
    const candidates = this.informer.cache.byIndex(byNamespace, pod.metadata.namespace ?? '');
    return candidates.filter((service) => selects(service, pod));
  }
}
