import { Controller } from '../../client/controller';
import { keyOf } from '../../kube/object';
import { endpointSlices, endpoints, services } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { labels } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { serviceKeyOf } from '../endpointslice/controller';
import { isNamespaceEnding } from '../namespace-ending';
import { isMirrored, managedBy, mirrorsOf, planMirrors } from './decide';

/**
 * Mirrors Endpoints that somebody writes by hand, for a Service without a selector, as EndpointSlices: proxies and DNS
 * read nothing else.
 */
export function endpointSliceMirroringController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const serviceInformer = informers.for(services);
  const endpointsInformer = informers.for(endpoints);
  const controller = new Controller({ name: 'endpointslice-mirroring', clock, logger, reconcile, minIntervalMs: 20 });

  const enqueue = (object: Parameters<typeof keyOf>[0]) => controller.enqueue(keyOf(object));
  endpointsInformer.addHandler({ onAdd: enqueue, onUpdate: enqueue, onDelete: enqueue });
  serviceInformer.addHandler({ onAdd: enqueue, onUpdate: enqueue, onDelete: enqueue });
  informers.for(endpointSlices).addHandler({
    // Somebody else's change is undone.
    onUpdate(slice) {
      if (slice.metadata.labels?.[labels.endpointSliceManagedBy] === managedBy) controller.enqueue(serviceKeyOf(slice));
    },
    onDelete(slice) {
      if (slice.metadata.labels?.[labels.endpointSliceManagedBy] === managedBy) controller.enqueue(serviceKeyOf(slice));
    },
  });

  async function reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const object = endpointsInformer.cache.get(key);
    const wanted = object && isMirrored(object, serviceInformer.cache.get(key)) ? mirrorsOf(object) : [];
    const labelSelector = `${labels.serviceName}=${name},${labels.endpointSliceManagedBy}=${managedBy}`;
    const { items } = await client.list(endpointSlices, { namespace, labelSelector });
    const plan = planMirrors(wanted, items);
    for (const slice of plan.update) await client.update(endpointSlices, slice);
    for (const slice of plan.create) {
      try {
        await client.create(endpointSlices, slice);
      } catch (error) {
        if (!isNamespaceEnding(error)) throw error;
      }
    }
    for (const { metadata } of plan.delete) {
      try {
        const preconditions = { uid: metadata.uid };
        await client.delete(endpointSlices, { namespace, name: metadata.name ?? '' }, { preconditions });
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error;
      }
    }
  }

  return controller;
}
