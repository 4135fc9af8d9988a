import type { Informer, InformerHandler } from '../../client/informer';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf, type Resource } from '../../kube/resource';
import type { ControllerContext } from '../context';
import { isEvents, type ServedResources } from './served';

/** A resource that is followed. */
export interface Monitor {
  /** `apps/v1/Deployment` */
  id: string;
  resource: Resource;
  informer: Informer<AnyObject>;
}

/** Follows every resource that is served, events left out, for as long as it is served. */
export class Monitors {
  private readonly monitors = new Map<string, Monitor>();
  private readonly followers: Array<(monitor: Monitor) => InformerHandler<AnyObject>> = [];
  private readonly end: () => void;

  constructor(
    private readonly context: Pick<ControllerContext, 'informers'>,
    private readonly served: ServedResources,
  ) {
    this.end = served.onChange(() => this.update());
    this.update();
  }

  /** Adds a handler to each resource, those to come included. */
  follow(handlerOf: (monitor: Monitor) => InformerHandler<AnyObject>): void {
    this.followers.push(handlerOf);
    for (const monitor of this.monitors.values()) monitor.informer.addHandler(handlerOf(monitor));
  }

  all(): Iterable<Monitor> {
    return this.monitors.values();
  }

  get(id: string): Monitor | undefined {
    return this.monitors.get(id);
  }

  /** The resource that a reference names, whichever version of it the reference knows. */
  ofKind(apiVersion: string, kind: string): Monitor | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    for (const monitor of this.monitors.values()) {
      if (monitor.resource.group === group && monitor.resource.kind === kind) return monitor;
    }
    return undefined;
  }

  /** Whether what is known of every resource is complete. */
  get synced(): boolean {
    return [...this.monitors.values()].every(({ informer }) => informer.hasSynced);
  }

  stop(): void {
    this.end();
  }

  private update(): void {
    const now = new Map(
      this.served
        .list()
        .filter((resource) => !isEvents(resource))
        .map((resource) => [idOf(resource), resource]),
    );
    for (const [id, { resource }] of [...this.monitors]) {
      if (now.has(id)) continue;
      this.monitors.delete(id);
      this.context.informers.drop(resource);
    }
    for (const [id, resource] of now) {
      if (this.monitors.has(id)) continue;
      const monitor = { id, resource, informer: this.context.informers.for(resource) };
      this.monitors.set(id, monitor);
      for (const handlerOf of this.followers) monitor.informer.addHandler(handlerOf(monitor));
    }
  }
}

function idOf(resource: Resource): string {
  return `${apiVersionOf(resource)}/${resource.kind}`;
}
