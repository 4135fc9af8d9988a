import type { Cache } from '../../watch/cache';
import type { User } from '../user';
import type { Attributes, Authorizer, Decision } from './authorizer';

/** Decides by what the cache says; a refusal, only once the cache shows every write acknowledged before. */
export class Authorization {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly cache: Pick<Cache, 'fresh'>,
  ) {}

  decide(user: User, attributes: Attributes): Decision | Promise<Decision> {
    const decision = this.authorizer.authorize(user, attributes);
    return decision.allowed ? decision : this.decideAgain(user, attributes);
  }

  private async decideAgain(user: User, attributes: Attributes): Promise<Decision> {
    await this.cache.fresh();
    return this.authorizer.authorize(user, attributes);
  }
}
