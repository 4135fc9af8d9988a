import type { ResourceQuota } from '../../kube/generated/types';
import type { AnyObject } from '../../kube/object';
import type { Amounts } from '../../kube/pod-resources';
import { compareQuantities } from '../../kube/quantity';
import {
  type ChargeRequest,
  checkQuota,
  evaluatorOf,
  inScopes,
  type QuotaEvaluator,
  refunded,
  totalUsage,
} from '../../kube/quota';
import { resourceQuotas } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { internalUser } from '../auth/user';
import type { QuotaCharge, QuotaGate, QuotaWrite, RegistryContext, WriteRequest } from './context';
import { forbidden } from './errors';
import { kindKey, kindListPrefix, kindPrefix } from './store-key';
import type { StoredObject } from './stored-object';
import { modifyObject } from './update';

/**
 * Charges writes to the quotas of their namespace. A charge is a compare-and-swap on the quota's status, committed
 * before the write itself, so that of writes that together are too much the last is refused.
 *
 * A recalculation may come between a charge and its write, and not see it. So the writes of this process that are still
 * on their way are kept in mind, and what is used is the larger of the status and of what is there and on its way.
 */
export class QuotaCharges implements QuotaGate {
  /** By namespace: the end of the charge that was begun last. One after the other, they do not conflict. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** By key: objects that are charged and not yet committed. */
  private readonly underway = new Map<string, AnyObject>();
  private readonly usages = new WeakMap<StoredObject, Amounts>();

  constructor(private readonly context: RegistryContext) {}

  async charge(write: QuotaWrite): Promise<QuotaCharge | undefined> {
    const { kind, namespace, object, old, subresource } = write;
    const evaluator = evaluatorOf(kind.storage?.resource ?? kind.resource);
    if (!namespace || !evaluator) return undefined;
    const moved = old !== undefined && !subresource && evaluator.changesScope?.(object, old);
    if (!moved && !evaluator.charges(old ? 'UPDATE' : 'CREATE', subresource)) return undefined;
    if (this.quotasOf(namespace).length === 0) return undefined;
    const turn = (this.turns.get(namespace) ?? Promise.resolve()).then(() => this.chargeAll(write, evaluator));
    const end = turn.catch(() => {});
    this.turns.set(namespace, end);
    try {
      return await turn;
    } finally {
      if (this.turns.get(namespace) === end) this.turns.delete(namespace);
    }
  }

  private quotasOf(namespace: string): readonly ResourceQuota[] {
    const found = this.context.lookups.list(resourceQuotas, namespace);
    return found === 'unknown' ? [] : found;
  }

  /** @throws StatusError Forbidden; nothing is charged then */
  private async chargeAll(write: QuotaWrite, evaluator: QuotaEvaluator): Promise<QuotaCharge | undefined> {
    const { kind, namespace = '', object, old, dryRun } = write;
    await this.context.cache.fresh();
    const now = this.context.clock.now();
    const requestFor = (quota: ResourceQuota): ChargeRequest => ({
      ...{ evaluator, object, old, now },
      actual: (names) => this.actual(write, evaluator, quota, names, now),
    });
    const check = (quota: ResourceQuota) => {
      const checked = checkQuota(quota, requestFor(quota));
      if (checked !== 'unconcerned' && 'refused' in checked) {
        const name = object.metadata.name || object.metadata.generateName || '';
        throw forbidden(kind.resource, name, checked.refused);
      }
      return checked;
    };
    const concerned = this.quotasOf(namespace).filter((quota) => check(quota) !== 'unconcerned');
    if (dryRun || concerned.length === 0) return undefined;
    const charged: Array<{ name: string; delta: Amounts }> = [];
    const refund = async () => {
      for (const { name, delta } of charged.splice(0)) {
        await this.writeUsed(namespace, name, (quota) => refunded(quota, delta));
      }
    };
    try {
      for (const { metadata } of concerned) {
        const name = metadata.name ?? '';
        let delta: Amounts = {};
        await this.writeUsed(namespace, name, (quota) => {
          const checked = check(quota);
          delta = checked === 'unconcerned' ? {} : checked.delta;
          return checked === 'unconcerned' ? undefined : checked.used;
        });
        charged.push({ name, delta });
      }
    } catch (error) {
      await refund();
      throw error;
    }
    const key = kindKey(kind, namespace, object.metadata.name ?? '');
    this.underway.set(key, object);
    const settle = () => {
      if (this.underway.get(key) === object) this.underway.delete(key);
    };
    return {
      settle,
      async refund() {
        settle();
        await refund();
      },
    };
  }

  /** Writes `status.used` of a quota, again where another write came between; a quota that is gone is passed over. */
  private async writeUsed(
    namespace: string,
    name: string,
    next: (quota: ResourceQuota) => Record<string, string> | undefined,
  ): Promise<void> {
    const kind = this.context.catalog.find('', 'v1', resourceQuotas.plural);
    if (!kind) return;
    try {
      const change = (base: AnyObject) => {
        const quota = base as unknown as ResourceQuota;
        const used = next(quota);
        if (used) quota.status = { ...quota.status, used };
        return { value: base, duplicates: [] };
      };
      await modifyObject(this.context, { kind, namespace, name }, 'status', change, asServer);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  /** What objects of the write's kind use of a quota: those that are there and those that are on their way. */
  private actual(
    { kind, namespace }: QuotaWrite,
    evaluator: QuotaEvaluator,
    quota: ResourceQuota,
    names: readonly string[],
    now: number,
  ): Amounts {
    const prefix = kindListPrefix(kind, namespace);
    const usages = new Map<string, Amounts>();
    for (const stored of this.context.cache.resource(kindPrefix(kind)).list(prefix)) {
      if (inScopes(quota, evaluator, stored.object)) usages.set(stored.key, this.usageOf(stored, evaluator, now));
    }
    for (const [key, object] of this.underway) {
      if (!key.startsWith(prefix) || !inScopes(quota, evaluator, object)) continue;
      usages.set(key, most(usages.get(key) ?? {}, evaluator.usage(object, now)));
    }
    return totalUsage(names, usages.values());
  }

  private usageOf(stored: StoredObject, evaluator: QuotaEvaluator, now: number): Amounts {
    const known = this.usages.get(stored);
    if (known) return known;
    const usage = evaluator.usage(stored.object, now);
    // What is being deleted stops counting with time.
    if (!stored.object.metadata.deletionTimestamp) this.usages.set(stored, usage);
    return usage;
  }
}

const asServer: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Ignore',
  dryRun: false,
  warn: () => {},
};

/** Of each name the larger amount. */
function most(a: Amounts, b: Amounts): Amounts {
  const result = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const other = result[name];
    if (!other || compareQuantities(other, amount) < 0) result[name] = amount;
  }
  return result;
}
