import type { Informer } from '../../client/informer';
import type { Pod, Service } from '../../kube/generated/types';
import { equalJson } from '../../kube/schema-engine';
import { selectsLabels } from '../../kube/selector';
import { byNamespace, indexByNamespace } from '../owners';
import { changesEndpoint } from './endpoint';

/** Whether its endpoints are the pods it selects, and not given by hand or a name elsewhere. */
export function selectsPods(service: Service): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0 && service.spec?.type !== 'ExternalName';
}

function selects(service: Service, pod: Pod): boolean {
  if (!selectsPods(service) || service.metadata.namespace !== pod.metadata.namespace) return false;
  return selectsLabels({ matchLabels: service.spec?.selector }, pod.metadata.labels);
}

/** Answers which Services select a pod, and which pods a Service selects. */
export class ServicePods {
  constructor(
    private readonly services: Informer<Service>,
    private readonly pods: Informer<Pod>,
  ) {
    indexByNamespace(services);
    indexByNamespace(pods);
  }

  servicesOf(pod: Pod): Service[] {
    const candidates = this.services.cache.byIndex(byNamespace, pod.metadata.namespace ?? '');
    return candidates.filter((service) => selects(service, pod));
  }

  podsOf(service: Service): Pod[] {
    const candidates = this.pods.cache.byIndex(byNamespace, service.metadata.namespace ?? '');
    return candidates.filter((pod) => selects(service, pod));
  }

  /** Tells of each Service whose endpoints a pod's change can show in, be it that the pod was selected until now. */
  follow(listener: (service: Service) => void): void {
    const tell = (pod: Pod) => {
      for (const service of this.servicesOf(pod)) listener(service);
    };
    this.pods.addHandler({
      onAdd: tell,
      onUpdate(pod, old) {
        if (!changesEndpoint(pod, old)) return;
        tell(pod);
        if (!equalJson(pod.metadata.labels, old.metadata.labels)) tell(old);
      },
      onDelete: tell,
    });
  }
}
