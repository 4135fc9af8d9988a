import { Controller } from '../../client/controller';
import type { Endpoints } from '../../kube/generated/types';
import { type KubeObject, keyOf } from '../../kube/object';
import { endpoints, pods, type Resource, services } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { annotations } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { ServicePods, selectsPods } from '../endpointslice/service-pods';
import { isNamespaceEnding } from '../namespace-ending';
import { endpointsOf } from './decide';

/**
 * Writes the Endpoints of every Service that selects pods, for clients that know no EndpointSlices. Nothing of orlop
 * reads them.
 */
export function endpointsController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const serviceInformer = informers.for(services);
  const selection = new ServicePods(serviceInformer, informers.for(pods));
  // A burst of pods makes one write.
  const controller = new Controller({ name: 'endpoints', clock, logger, reconcile, minIntervalMs: 100 });

  serviceInformer.addHandler({
    onAdd: (service) => controller.enqueue(keyOf(service)),
    onUpdate: (service) => controller.enqueue(keyOf(service)),
    onDelete: (service) => controller.enqueue(keyOf(service)),
  });
  selection.follow((service) => controller.enqueue(keyOf(service)));
  // Somebody else's change is undone.
  const enqueueOwn = (object: Endpoints) => {
    const service = serviceInformer.cache.get(keyOf(object));
    if (service && selectsPods(service)) controller.enqueue(keyOf(object));
  };
  const endpointsInformer = informers.for(endpoints);
  endpointsInformer.addHandler({ onUpdate: enqueueOwn, onDelete: enqueueOwn });

  async function reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const service = serviceInformer.cache.get(key);
    // Before what somebody may have written by hand goes, the cache is not taken at its word.
    if (!service) return (await read(services, namespace, name)) ? undefined : remove(namespace, name);
    if (!selectsPods(service) || service.metadata.deletionTimestamp) return;
    const wanted = endpointsOf(service, selection.podsOf(service));
    const existing = await read(endpoints, namespace, name);
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

  async function read<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) {
    try {
      return await client.get(resource, { namespace, name });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async function create(wanted: Endpoints): Promise<void> {
    try {
      await client.create(endpoints, wanted);
    } catch (error) {
      if (!isNamespaceEnding(error)) throw error;
    }
  }

  async function remove(namespace: string, name: string): Promise<void> {
    try {
      await client.delete(endpoints, { namespace, name });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  /** Whose Service was deleted while nobody looked; where several servers elect their leader by one, it stays. */
  function sweep(): void {
    for (const object of endpointsInformer.cache.list()) {
      if (object.metadata.annotations?.[annotations.leader] === undefined && !serviceInformer.cache.get(keyOf(object)))
        controller.enqueue(keyOf(object));
    }
  }

  return {
    start() {
      sweep();
      controller.start();
    },
    stop: () => controller.stop(),
  };
}
