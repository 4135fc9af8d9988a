import { Controller } from '../../client/controller';
import type { FlowSchema } from '../../kube/generated/types/flowcontrol-v1';
import { flowSchemas, priorityLevelConfigurations, type Resource } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { rfc3339 } from '../../util/clock';
import type { RegistryContext } from '../registry/context';
import { internalWrite } from '../registry/internal-write';
import { objectKey, resourcePrefix } from '../registry/store-key';
import { modifyObject } from '../registry/update';

/**
 * Says in each FlowSchema's status whether the priority level is there that it names; one without it takes no requests.
 * Those that are there are looked at first, so that a server that stands has nothing left to write.
 */
export async function danglingController(context: RegistryContext): Promise<Controller> {
  const { cache, clock, logger } = context;
  const prefix = resourcePrefix(flowSchemas);
  const schemas = cache.resource(prefix);
  const levels = cache.resource(resourcePrefix(priorityLevelConfigurations));
  const reconcile = (name: string) => writeDangling(context, name);
  const controller = new Controller({ name: 'flow-schema-status', clock, logger, concurrency: 1, reconcile });
  const names = () => schemas.list(prefix).map(({ object }) => object.metadata.name ?? '');
  const lookAtAll = () => {
    for (const name of names()) controller.enqueue(name);
  };
  await cache.fresh();
  await Promise.all(names().map(reconcile));
  schemas.subscribe(({ object }) => object && controller.enqueue(object.object.metadata.name ?? ''));
  levels.subscribe(lookAtAll);
  // Another server may have written meanwhile.
  lookAtAll();
  return controller;
}

async function writeDangling(context: RegistryContext, name: string): Promise<void> {
  const { cache, catalog, clock } = context;
  const read = (resource: Pick<Resource, 'group' | 'plural' | 'namespaced'>, object: string) =>
    cache.resource(resourcePrefix(resource)).get(objectKey(resource, undefined, object))?.object;
  const found = read(flowSchemas, name) as unknown as FlowSchema | undefined;
  const level = found?.spec?.priorityLevelConfiguration.name;
  const kind = catalog.find(flowSchemas.group, flowSchemas.version, flowSchemas.plural);
  if (!found || !level || !kind) return;
  const there = read(priorityLevelConfigurations, level) !== undefined;
  const status = there ? 'False' : 'True';
  if (conditionOf(found)?.status === status) return;
  const says = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const condition = {
    type: 'Dangling',
    status,
    lastTransitionTime: rfc3339(clock.now()),
    reason: there ? 'Found' : 'NotFound',
    message: `${says} ${there ? 'and it exists' : 'but there is no such object'}`,
  };
  const change = (base: unknown) => {
    const schema = base as FlowSchema;
    const others = (schema.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
    schema.status = { ...schema.status, conditions: [...others, condition] };
    return { value: base, duplicates: [] };
  };
  try {
    await modifyObject(context, { kind, name }, 'status', change, internalWrite);
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}

function conditionOf({ status }: FlowSchema) {
  return status?.conditions?.find(({ type }) => type === 'Dangling');
}
