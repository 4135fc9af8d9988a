import { cleanupFinalizer, definitionConditions, storedKind } from '../../kube/custom';
import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { customResourceDefinitions } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { isStatusError } from '../../kube/status-error';
import { rfc3339, type Timer } from '../../util/clock';
import { internalUser } from '../auth/user';
import type { ObjectPath, RegistryContext, Target, WriteRequest } from '../registry/context';
import { deleteObject } from '../registry/delete';
import { kindPrefix, resourcePrefix } from '../registry/store-key';
import { modifyObject } from '../registry/update';
import { desiredStatus, namesTaken, type TakenNames, withCondition } from './conditions';

const request: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};

const retryMs = 1000;

/**
 * Looks after CustomResourceDefinitions: accepts their names, establishes them, and when one is deleted, deletes its
 * objects first. Everything is read from the cache, so each run brings a definition from where it is to where it is to
 * be; several servers may do so at once.
 */
export class Definitions {
  private readonly prefix = resourcePrefix(customResourceDefinitions);
  private readonly running = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, Timer>();
  private readonly emptying = new Map<string, () => void>();
  private unsubscribe: () => void = () => {};
  private stopped = false;

  constructor(
    private readonly context: RegistryContext,
    private readonly builtIn: readonly Kind[],
  ) {}

  start(): void {
    this.unsubscribe = this.resource.subscribe(({ object, previous }) => {
      const { name = '' } = (object ?? previous)?.object.metadata ?? {};
      if (object) this.look(name);
      // Names that became free may be what another one waits for.
      else for (const other of this.all()) this.look(other.metadata.name ?? '');
    });
    for (const { metadata } of this.all()) this.look(metadata.name ?? '');
  }

  /** Lets what runs finish. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe();
    for (const timer of this.timers.values()) timer.cancel();
    for (const forget of this.emptying.values()) forget();
    await Promise.all(this.running.values());
  }

  private get resource() {
    return this.context.cache.resource(this.prefix);
  }

  private all(): CustomResourceDefinition[] {
    return this.resource.list(this.prefix).map(({ object }) => object as unknown as CustomResourceDefinition);
  }

  private look(name: string): void {
    if (this.stopped) return;
    if (this.running.has(name)) {
      this.again.add(name);
      return;
    }
    const run = this.reconcile(name)
      .catch((error: unknown) => this.retry(name, error))
      .finally(() => {
        this.running.delete(name);
        if (this.again.delete(name)) this.look(name);
      });
    this.running.set(name, run);
  }

  private retry(name: string, error: unknown): void {
    if (this.stopped || isStatusError(error, 'NotFound')) return;
    this.context.logger.warn({ definition: name, error: String(error) }, 'a CustomResourceDefinition must wait');
    this.timers.get(name)?.cancel();
    this.timers.set(
      name,
      this.context.clock.after(retryMs, () => this.look(name)),
    );
  }

  private async reconcile(name: string): Promise<void> {
    // Not in the event itself: what the cache tells others of it comes first.
    await Promise.resolve();
    const definition = this.resource.get(`${this.prefix}${name}`)?.object as CustomResourceDefinition | undefined;
    if (!definition) return;
    if (definition.metadata.deletionTimestamp) return this.finish(definition);
    const now = rfc3339(this.context.clock.now());
    const status = desiredStatus(definition, this.takenBesides(definition), now);
    if (!equalJson(status, definition.status)) await this.writeStatus(name, () => status);
  }

  /** What others in the group have: definitions, and the server itself. */
  private takenBesides({ metadata, spec: { group } }: CustomResourceDefinition): TakenNames {
    const others = this.all().filter((other) => other.spec.group === group && other.metadata.name !== metadata.name);
    const { resources, kinds } = namesTaken(others);
    const own = this.builtIn.filter(({ resource }) => resource.group === group);
    return {
      resources: new Set([
        ...resources,
        ...own.flatMap((kind) => [kind.resource.plural, kind.singular, ...kind.shortNames]),
      ]),
      kinds: new Set([...kinds, ...own.map(({ resource }) => resource.kind)]),
    };
  }

  /** A definition that is being deleted goes when its last object has gone. */
  private async finish(definition: CustomResourceDefinition): Promise<void> {
    const { name = '', finalizers = [] } = definition.metadata;
    if (!finalizers.includes(cleanupFinalizer)) return;
    const left = await this.deleteObjects(definition);
    const terminating = { type: definitionConditions.terminating, status: left ? 'True' : 'False' };
    const why = left
      ? { reason: 'InstanceDeletionInProgress', message: `CustomResource deletion is in progress: ${left} left` }
      : { reason: 'InstanceDeletionCompleted', message: 'removed all instances' };
    const now = rfc3339(this.context.clock.now());
    await this.writeStatus(name, (status) => ({
      ...status,
      conditions: withCondition(status?.conditions ?? [], { ...terminating, ...why }, now),
    }));
    if (left) return;
    await this.modify(name, undefined, (object) => {
      object.metadata.finalizers = object.metadata.finalizers?.filter((each) => each !== cleanupFinalizer);
    });
  }

  /** How many objects are left that finalizers hold; when one of them goes this definition is looked at again. */
  private async deleteObjects(definition: CustomResourceDefinition): Promise<number> {
    const kind = storedKind(definition);
    const { name: definitionName = '' } = definition.metadata;
    if (!kind) return 0;
    const prefix = kindPrefix(kind);
    const objects = this.context.cache.resource(prefix);
    if (!this.emptying.has(definitionName)) {
      const unsubscribe = objects.subscribe(({ object }) => !object && this.look(definitionName));
      this.emptying.set(definitionName, unsubscribe);
    }
    await this.context.cache.fresh();
    await Promise.all(
      objects.list(prefix).map(async ({ object: { metadata } }) => {
        if (metadata.deletionTimestamp) return;
        const target: Target = { kind, namespace: metadata.namespace, name: metadata.name ?? '' };
        try {
          await deleteObject(this.context, target, { preconditions: { uid: metadata.uid } }, request);
        } catch (error) {
          if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
        }
      }),
    );
    await this.context.cache.fresh();
    const left = objects.list(prefix).length;
    if (left === 0) {
      this.emptying.get(definitionName)?.();
      this.emptying.delete(definitionName);
    }
    return left;
  }

  private writeStatus(
    name: string,
    change: (status: CustomResourceDefinitionStatus | undefined) => CustomResourceDefinitionStatus,
  ): Promise<void> {
    return this.modify(name, 'status', (object) => {
      object.status = change(object.status as CustomResourceDefinitionStatus | undefined);
    });
  }

  private async modify(name: string, path: ObjectPath, change: (object: AnyObject) => void): Promise<void> {
    const { group, version, plural } = customResourceDefinitions;
    const kind = this.context.catalog.find(group, version, plural);
    if (!kind) return;
    const made = (object: AnyObject) => {
      change(object);
      return { value: object, duplicates: [] };
    };
    await modifyObject(this.context, { kind, name }, path, made, request);
  }
}
