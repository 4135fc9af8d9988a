import { Controller } from '../../client/controller';
import type { FlowSchema } from '../../kube/generated/types/flowcontrol-v1';
import { flowSchemas, priorityLevelConfigurations } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { rfc3339 } from '../../util/clock';
import { internalUser } from '../auth/user';
import type { RegistryContext, WriteRequest } from '../registry/context';
import { objectKey, resourcePrefix } from '../registry/store-key';
import { modifyObject } from '../registry/update';

const write: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};

/** Says in each FlowSchema's status whether the priority level is there that it names; one without it takes no requests. */
export function danglingController(context: RegistryContext): Controller {
  const { cache, catalog, clock, logger } = context;
  const prefix = resourcePrefix(flowSchemas);
  const schemas = cache.resource(prefix);
  const levels = cache.resource(resourcePrefix(priorityLevelConfigurations));
  const controller = new Controller({ name: 'flow-schema-status', clock, logger, concurrency: 1, reconcile });
  const lookAtAll = () => {
    for (const { object } of schemas.list(prefix)) controller.enqueue(object.metadata.name ?? '');
  };
  lookAtAll();
  schemas.subscribe(({ object }) => object && controller.enqueue(object.object.metadata.name ?? ''));
  levels.subscribe(lookAtAll);

  async function reconcile(name: string): Promise<void> {
    const found = schemas.get(objectKey(flowSchemas, undefined, name))?.object as unknown as FlowSchema | undefined;
    const level = found?.spec?.priorityLevelConfiguration.name;
    const kind = catalog.find(flowSchemas.group, flowSchemas.version, flowSchemas.plural);
    if (!found || !level || !kind) return;
    const there = levels.get(objectKey(priorityLevelConfigurations, undefined, level)) !== undefined;
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
      await modifyObject(context, { kind, name }, 'status', change, write);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  return controller;
}

function conditionOf({ status }: FlowSchema) {
  return status?.conditions?.find(({ type }) => type === 'Dangling');
}
