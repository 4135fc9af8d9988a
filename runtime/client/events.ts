import type { Event, ObjectReference } from '../kube/generated/types';
import type { KubeObject } from '../kube/object';
import { events } from '../kube/resource';
import { isStatusError } from '../kube/status-error';
import { type Clock, rfc3339 } from '../util/clock';
import type { Logger } from '../util/logger';
import type { ApiClient } from './client';

export interface EventRecorderOptions {
  client: ApiClient;
  clock: Clock;
  logger: Logger;
  /** `source.component`, such as `deployment-controller`. */
  component: string;
  /** `source.host`, for a component that runs on a node. */
  host?: string;
}

/** Above this many different messages with one reason in ten minutes, they count as one event. */
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** At once this many events of one object, then one every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_MESSAGE = 1024;
const MAX_KNOWN = 4096;
const COMBINED = '(combined from similar events): ';

interface Known {
  name: string;
  count: number;
}

/**
 * Writes core/v1 Events as Kubernetes' recorder does: a repeated event counts up, many similar ones are combined, and
 * an object that floods is throttled. Recording never fails and never waits; `flush` waits for what was recorded.
 */
export class EventRecorder {
  private readonly known = new Map<string, Known>();
  private readonly similar = new Map<string, { since: number; messages: Set<string> }>();
  private readonly budgets = new Map<string, { tokens: number; at: number }>();
  /** Writes that are under way, by event: the second of two equal events must find what the first one wrote. */
  private readonly writing = new Map<string, Promise<void>>();
  private lastStamp = 0;

  constructor(private readonly options: EventRecorderOptions) {}

  /** `reason` is one CamelCase word, `message` a sentence for a person. */
  record(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void {
    const reference = referenceTo(about, fieldPath);
    if (!this.mayRecord(reference)) return;
    const text = this.combine(reference, type, reason, truncate(message));
    const key = [identity(reference), type, reason, text.startsWith(COMBINED) ? '' : text].join('/');
    const before = this.writing.get(key) ?? Promise.resolve();
    const write = before
      .then(() => this.write(key, reference, type, reason, text))
      .catch((error) => this.failed(error))
      .finally(() => {
        if (this.writing.get(key) === write) this.writing.delete(key);
      });
    this.writing.set(key, write);
  }

  async flush(): Promise<void> {
    await Promise.all(this.writing.values());
  }

  private mayRecord(reference: ObjectReference): boolean {
    const now = this.options.clock.monotonic();
    const key = identity(reference);
    const budget = this.budgets.get(key) ?? { tokens: BURST, at: now };
    budget.tokens = Math.min(BURST, budget.tokens + (now - budget.at) / REFILL_MS);
    budget.at = now;
    remember(this.budgets, key, budget);
    if (budget.tokens < 1) return false;
    budget.tokens--;
    return true;
  }

  private combine(reference: ObjectReference, type: string, reason: string, message: string): string {
    const now = this.options.clock.monotonic();
    const key = `${identity(reference)}/${type}/${reason}`;
    let group = this.similar.get(key);
    if (!group || now - group.since > SIMILAR_WINDOW_MS) group = { since: now, messages: new Set() };
    remember(this.similar, key, group);
    group.messages.add(message);
    return group.messages.size <= SIMILAR_LIMIT ? message : COMBINED + message;
  }

  private async write(
    key: string,
    reference: ObjectReference,
    type: string,
    reason: string,
    message: string,
  ): Promise<void> {
    const namespace = reference.namespace ?? 'default';
    const now = rfc3339(this.options.clock.now());
    const known = this.known.get(key);
    if (known) {
      const body = { count: known.count + 1, lastTimestamp: now, message };
      try {
        await this.options.client.patch(events, { namespace, name: known.name }, { type: 'merge', body });
        known.count++;
        return;
      } catch (error) {
        // Events expire: one that is gone starts anew.
        if (!isStatusError(error, 'NotFound')) throw error;
      }
    }
    const name = `${reference.name}.${this.stamp()}`;
    const { component, host } = this.options;
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: reference,
      reason,
      message,
      type,
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    await this.options.client.create(events, event);
    remember(this.known, key, { name, count: 1 });
  }

  /** Unique in this process, and growing: the time in nanoseconds. */
  private stamp(): string {
    this.lastStamp = Math.max(this.lastStamp + 1, this.options.clock.now() * 1000);
    return (BigInt(this.lastStamp) * 1000n).toString(16);
  }

  private failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // A namespace that is going away takes no more events; that is no news.
    this.options.logger.debug({ component: this.options.component, error: message }, 'event not recorded');
  }
}

/** An ObjectReference to an object, as events and targetRefs carry it. */
function referenceTo(object: KubeObject, fieldPath?: string): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace ? { namespace } : {}),
    name,
    uid,
    resourceVersion,
    ...(fieldPath ? { fieldPath } : {}),
  };
}

function identity(reference: ObjectReference): string {
  const { kind, namespace, name, uid, fieldPath } = reference;
  return [kind, namespace, name, uid, fieldPath].join('/');
}

function truncate(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 3)}...`;
}

/** Keeps the newest MAX_KNOWN entries. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_KNOWN) map.delete(map.keys().next().value as string);
}
