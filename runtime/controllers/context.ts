import type { ApiClient } from '../client/client';
import type { InformerFactory } from '../client/informer-factory';
import type { Clock } from '../util/clock';
import type { Logger } from '../util/logger';

/** What every controller gets. */
export interface ControllerContext {
  client: ApiClient;
  informers: InformerFactory;
  clock: Clock;
  logger: Logger;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** A controller whose handlers are in place; its reconciles begin with `start`, once the caches are filled. */
export interface ControllerHandle {
  start(): void;
  stop(): Promise<void>;
}

export const controllerManager = 'orlop-controller-manager';
