import type { FlowSchema, PriorityLevelConfiguration } from '../../kube/generated/types/flowcontrol-v1';
import { flowSchemas, priorityLevelConfigurations } from '../../kube/resource';
import type { Clock } from '../../util/clock';
import type { User } from '../auth/user';
import { isLongRunning } from '../http/deadline';
import type { RequestInfo } from '../http/request-info';
import { resourcePrefix } from '../registry/store-key';
import type { Cache } from '../watch/cache';
import { classify } from './classify';
import { type FairnessConfig, fairnessConfig } from './config';
import { Dispatcher, type Release } from './dispatcher';
import { seatsOf } from './seats';
import { Turns } from './turns';

const schemasPrefix = resourcePrefix(flowSchemas);
const levelsPrefix = resourcePrefix(priorityLevelConfigurations);

export interface FairnessOptions {
  cache: Cache;
  clock: Clock;
  /** Seats of all priority levels together. @default 200 */
  seats?: number;
}

/** What a request is told when it is let in, or before it is refused. */
export interface Classified {
  flowSchemaUid: string;
  priorityLevelUid: string;
}

/** Kubernetes' API priority and fairness: lets requests in by the FlowSchemas and PriorityLevelConfigurations that stand. */
export class Fairness {
  private readonly turns = new Turns();
  private readonly dispatcher: Dispatcher;
  private config: FairnessConfig;
  private stale = false;

  constructor(private readonly options: FairnessOptions) {
    const { cache, clock, seats = 200 } = options;
    this.dispatcher = new Dispatcher({ seats, clock });
    this.config = this.read();
    for (const prefix of [schemasPrefix, levelsPrefix]) {
      cache.resource(prefix).subscribe(() => {
        this.stale = true;
      });
    }
  }

  /**
   * Resolves when the request may begin. What it gives back is called when the request is over; of a watch, when its
   * first events are sent.
   * @throws StatusError 429
   */
  async enter(
    user: User,
    info: RequestInfo,
    tell: (classified: Classified) => void,
    whenGone: (fn: () => void) => void,
  ): Promise<Release> {
    if (this.stale) this.config = this.read();
    const flow = classify(this.config, user, info);
    // Not even `catch-all` takes it: a user of no group, which authentication does not make.
    const key = flow?.key ?? `/${user.name}`;
    const seats = seatsOf(info, this.countOf(info));
    if (flow) tell({ flowSchemaUid: flow.schema.metadata.uid ?? '', priorityLevelUid: flow.level.uid });
    const limited = flow && !flow.level.exempt && (info.verb === 'watch' || !isLongRunning(info));
    const release = limited
      ? await this.dispatcher.enter({ level: flow.level.name, flow: key, seats, whenGone })
      : nothing;
    try {
      // An exempt level is one queue to Kubernetes; here its users take turns too.
      await this.turns.wait(flow?.level.exempt ? `${key}/${user.name}` : key, seats);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  private countOf({ resource }: RequestInfo): number {
    if (!resource || resource.name !== undefined) return 0;
    return this.options.cache.countOf(resourcePrefix(resource));
  }

  private read(): FairnessConfig {
    this.stale = false;
    const { cache } = this.options;
    const objects = <T>(prefix: string) =>
      cache
        .resource(prefix)
        .list(prefix)
        .map(({ object }) => object as unknown as T);
    const config = fairnessConfig(
      objects<FlowSchema>(schemasPrefix),
      objects<PriorityLevelConfiguration>(levelsPrefix),
    );
    this.dispatcher.configure(config.levels.values());
    return config;
  }
}

const nothing: Release = () => {};
