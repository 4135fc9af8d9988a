import { Controller } from '../../client/controller';
import type { Endpoints, Pod } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { endpoints, pods, services } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { annotations } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { changesEndpoint } from '../endpointslice/endpoint';
import { ServicesOfPods, selects, selectsPods } from '../endpointslice/services-of-pods';
import { endpointsOf } from './decide';

const podsByNamespace = 'namespace';

/**
 * Writes the Endpoints of every Service that selects pods, for clients that know no EndpointSlices. Nothing of orlop
 * reads them.
 */
export function endpointsController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const serviceInformer = informers.for(services);
  const podInformer = informers.for(pods);
  podInformer.addIndex(podsByNamespace, (pod) => [pod.metadata.namespace ?? '']);
  const servicesOf = new ServicesOfPods(serviceInformer);
  // A burst of pods makes one write.
  const controller = new Controller({ name: 'endpoints', clock, logger, reconcile, minIntervalMs: 100 });

  serviceInformer.addHandler({
    onAdd: (service) => controller.enqueue(keyOf(service)),
    onUpdate: (service) => controller.enqueue(keyOf(service)),
    onDelete: (service) => controller.enqueue(keyOf(service)),
  });
  const enqueueFor = (pod: Pod) => {
    for (const service of servicesOf.of(pod)) controller.enqueue(keyOf(service));
  };
  podInformer.addHandler({
    onAdd: enqueueFor,
    onUpdate(pod, old) {
      if (!changesEndpoint(pod, old)) return;
      enqueueFor(pod);
      if (!equalJson(pod.metadata.labels, old.metadata.labels)) enqueueFor(old);
    },
    onDelete: enqueueFor,
  });
  // Somebody else's change is undone.
  const enqueueOwn = (object: Endpoints) => {
    const service = serviceInformer.cache.get(keyOf(object));
    if (service && selectsPods(service)) controller.enqueue(keyOf(object));
  };
  informers.for(endpoints).addHandler({ onUpdate: enqueueOwn, onDelete: enqueueOwn });

  async function reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const service = serviceInformer.cache.get(key);
    if (!service) return remove(namespace, name);
    if (!selectsPods(service) || service.metadata.deletionTimestamp) return;
    const selected = podInformer.cache.byIndex(podsByNamespace, namespace).filter((pod) => selects(service, pod));
    const wanted = endpointsOf(service, selected);
    const existing = await current(namespace, name);
    if (!existing) return create(wanted);
    const kept = { ...existing.metadata.annotations };
    delete kept[annotations.overCapacity];
    const metadata = {
      ...existing.metadata,
      labels: wanted.metadata.labels,
      annotations: { ...kept, ...wanted.metadata.annotations },
    };
    const same =
      equalJson(existing.subsets ?? [], wanted.subsets ?? []) &&
      equalJson(existing.metadata.labels ?? {}, metadata.labels) &&
      equalJson(existing.metadata.annotations ?? {}, metadata.annotations);
    if (!same) await client.update(endpoints, { ...wanted, metadata });
  }

  async function current(namespace: string, name: string): Promise<Endpoints | undefined> {
    try {
      return await client.get(endpoints, { namespace, name });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async function create(wanted: Endpoints): Promise<void> {
    try {
      await client.create(endpoints, wanted);
    } catch (error) {
      // A namespace on its way out takes no new objects.
      if (!(isStatusError(error, 'Forbidden') && error.message.includes('being terminated'))) throw error;
    }
  }

  async function remove(namespace: string, name: string): Promise<void> {
    try {
      await client.delete(endpoints, { namespace, name });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}
