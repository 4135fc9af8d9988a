import type { ResourceQuota } from '../generated/types';
import type { AnyObject } from '../object';
import { type Amounts, amounts } from '../pod-resources';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../quantity';
import type { QuotaEvaluator } from './evaluator';
import { inScopes, pick, written } from './quota';

/** What is to be charged to a quota. */
export interface ChargeRequest {
  evaluator: QuotaEvaluator;
  object: AnyObject;
  /** Of an update: what the object was, for which is paid already. */
  old?: AnyObject;
  now: number;
  /** What is used in truth, where that is known; the quota's status may be behind. */
  actual?(names: readonly string[]): Amounts;
}

export interface Charged {
  /** The amounts that are added, by the names that the quota counts. */
  delta: Amounts;
  /** The quota's `status.used` with them. */
  used: Record<string, string>;
}

/**
 * Whether a write fits into a quota: what it is charged, `unconcerned` where the quota has nothing to do with it, or
 * why not, in Kubernetes' words.
 */
export function checkQuota(
  quota: ResourceQuota,
  request: ChargeRequest,
): Charged | 'unconcerned' | { refused: string } {
  const { evaluator, object, old, now, actual } = request;
  const name = quota.metadata.name ?? '';
  const hard = amounts(quota.status?.hard);
  const status = amounts(quota.status?.used);
  const counted = Object.keys(hard)
    .filter((each) => evaluator.counts(each))
    .sort();
  if (counted.length === 0 || !inScopes(quota, evaluator, object)) return 'unconcerned';
  const missing = evaluator.missing?.(counted, object);
  if (missing) return { refused: `failed quota: ${name}: ${missing}` };
  if (counted.some((each) => status[each] === undefined)) {
    return { refused: `status unknown for quota: ${name}, resources: ${counted.join(',')}` };
  }
  const usage = evaluator.usage(object, now);
  const negative = Object.keys(usage).filter((each) => (usage[each] as Quantity).nano < 0n);
  if (negative.length > 0) return { refused: `quota usage is negative for resource(s): ${negative.sort().join(',')}` };
  const paid = old && inScopes(quota, evaluator, old) ? evaluator.usage(old, now) : {};
  const delta = pick(increase(usage, paid), counted);
  const names = Object.keys(delta);
  if (names.length === 0) return 'unconcerned';
  const used = { ...status, ...larger(pick(status, names), actual?.(names) ?? {}) };
  const next = sum(used, delta);
  const exceeded = names.filter((each) => compareQuantities(next[each] as Quantity, hard[each] as Quantity) > 0).sort();
  if (exceeded.length === 0) return { delta, used: written(sum(status, delta)) };
  const text = (list: Amounts) => exceeded.map((each) => `${each}=${formatQuantity(list[each] as Quantity)}`).join(',');
  return { refused: `exceeded quota: ${name}, requested: ${text(delta)}, used: ${text(used)}, limited: ${text(hard)}` };
}

/** A quota's `status.used` without what was charged in vain. */
export function refunded(quota: ResourceQuota, delta: Amounts): Record<string, string> {
  const used = amounts(quota.status?.used);
  for (const [name, amount] of Object.entries(delta)) {
    const present = used[name];
    if (present) used[name] = floor(addQuantities(present, { ...amount, nano: -amount.nano }));
  }
  return written(used);
}

/** By how much usage grows, without what does not. */
function increase(usage: Amounts, paid: Amounts): Amounts {
  const delta: Amounts = {};
  for (const [name, amount] of Object.entries(usage)) {
    const more = amount.nano - (paid[name]?.nano ?? 0n);
    if (more > 0n) delta[name] = { ...amount, nano: more };
  }
  return delta;
}

function sum(a: Amounts, b: Amounts): Amounts {
  const total = { ...a };
  for (const [name, amount] of Object.entries(b)) total[name] = addQuantities(total[name] ?? parseQuantity(0), amount);
  return total;
}

function larger(a: Amounts, b: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(a).map(([name, amount]) => {
      const other = b[name];
      return [name, other && compareQuantities(other, amount) > 0 ? other : amount];
    }),
  );
}

function floor(amount: Quantity): Quantity {
  return amount.nano < 0n ? { ...amount, nano: 0n } : amount;
}
