import { Controller } from '../../client/controller';
import type { EndpointSlice } from '../../kube/generated/types';
import { keyOf } from '../../kube/object';
import { endpointSlices, nodes, pods, services } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { labels } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { isNamespaceEnding } from '../namespace-ending';
import { Written } from '../written';
import { managedBy, planSlices } from './decide';
import { ServicePods, selectsPods } from './service-pods';

export const byService = 'service';

/** `namespace/name` of the Service a slice is of. */
export function serviceKeyOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[labels.serviceName] ?? ''}`;
}

/** Writes the EndpointSlices of every Service that selects pods. */
export function endpointSliceController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const serviceInformer = informers.for(services);
  const podInformer = informers.for(pods);
  const sliceInformer = informers.for(endpointSlices);
  const nodeInformer = informers.for(nodes);
  sliceInformer.addIndex(byService, (slice) => [serviceKeyOf(slice)]);
  const written = new Written(sliceInformer);
  const selection = new ServicePods(serviceInformer, podInformer);
  const controller = new Controller({
    name: 'endpointslice',
    clock,
    logger,
    reconcile,
    concurrency: 8,
    minIntervalMs: 10,
  });

  serviceInformer.addHandler({
    onAdd: (service) => controller.enqueue(keyOf(service)),
    onUpdate: (service) => controller.enqueue(keyOf(service)),
  });
  selection.follow((service) => controller.enqueue(keyOf(service)));
  sliceInformer.addHandler({
    // Somebody else's change is undone; the controller's own change nothing any more.
    onUpdate: (slice) => controller.enqueue(serviceKeyOf(slice)),
    onDelete: (slice) => controller.enqueue(serviceKeyOf(slice)),
  });

  async function reconcile(key: string): Promise<void> {
    const service = serviceInformer.cache.get(key);
    // The slices of a Service that is gone go with it, by their owner reference.
    if (!service || !selectsPods(service) || service.metadata.deletionTimestamp) return;
    const selected = selection.podsOf(service);
    const own = (slice: EndpointSlice) =>
      serviceKeyOf(slice) === key && slice.metadata.labels?.[labels.endpointSliceManagedBy] === managedBy;
    const existing = written.overlay(sliceInformer.cache.byIndex(byService, key).filter(own), own);
    const plan = planSlices(service, selected, (name) => nodeInformer.cache.get(name), existing);
    // Endpoints that go must go before others come: a proxy never sees a pod twice for long.
    await Promise.all(plan.update.map(updateSlice));
    await Promise.all(plan.create.map(createSlice));
    await Promise.all(plan.delete.map(deleteSlice));
  }

  async function createSlice(slice: EndpointSlice): Promise<void> {
    try {
      const created = await client.create(endpointSlices, slice);
      written.wrote(created, sliceInformer.cache.get(keyOf(created)));
    } catch (error) {
      if (!isNamespaceEnding(error)) throw error;
    }
  }

  async function updateSlice(slice: EndpointSlice): Promise<void> {
    try {
      const updated = await client.update(endpointSlices, slice);
      written.wrote(updated, sliceInformer.cache.get(keyOf(updated)));
    } catch (error) {
      written.forget(slice);
      throw error;
    }
  }

  async function deleteSlice(slice: EndpointSlice): Promise<void> {
    const { namespace, name = '', uid } = slice.metadata;
    try {
      await client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
    written.deleted(slice, sliceInformer.cache.get(keyOf(slice)));
  }

  return controller;
}
