import type { Container, Pod, PodSpec, ResourceRequirements } from './generated/types';
import { isRestartableInit } from './pod-status';
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  type QuantityLike,
  quantityMilliValue,
  quantityValue,
  tryParseQuantity,
} from './quantity';

/** Amounts by resource name (`cpu`, `memory`, `example.com/gpu`). */
export type Amounts = Record<string, Quantity>;

/**
 * What a pod asks for, as the scheduler counts it: the sum over its containers and sidecars, or the largest init
 * container together with the sidecars started before it, if that is more; plus overhead. Amounts given for the pod
 * as a whole count instead.
 */
export function podRequests({ spec }: Pick<Pod, 'spec'>): Amounts {
  const total = together(spec, 'requests');
  add(total, amounts(spec?.overhead));
  return total;
}

/** What a pod may take at most, counted likewise; overhead counts for the resources that are limited. */
export function podLimits({ spec }: Pick<Pod, 'spec'>): Amounts {
  const total = together(spec, 'limits');
  for (const [name, value] of Object.entries(amounts(spec?.overhead))) {
    const limit = total[name];
    if (limit && limit.nano > 0n) total[name] = addQuantities(limit, value);
  }
  return total;
}

/** What containers ask for together. */
function together(spec: PodSpec | undefined, what: 'requests' | 'limits'): Amounts {
  const asked = ({ resources }: Pick<Container, 'resources'>) => amounts(resources?.[what]);
  const total = sum((spec?.containers ?? []).map(asked));
  const sidecars: Amounts = {};
  const start: Amounts = {};
  for (const container of spec?.initContainers ?? []) {
    const own = asked(container);
    if (isRestartableInit(container)) {
      add(total, own);
      add(sidecars, own);
      raise(start, sidecars);
    } else {
      raise(start, sum([sidecars, own]));
    }
  }
  raise(total, start);
  return Object.assign(total, amounts(spec?.resources?.[what]));
}

/** Quantities as they stand in an object, parsed. @throws RangeError on one that is none. */
export function amounts(list: Readonly<Record<string, QuantityLike>> | undefined): Amounts {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, value]) => [name, parseQuantity(value)]));
}

function sum(lists: Amounts[]): Amounts {
  const total: Amounts = {};
  for (const list of lists) add(total, list);
  return total;
}

function add(total: Amounts, more: Amounts): void {
  for (const [name, value] of Object.entries(more)) {
    const present = total[name];
    total[name] = present ? addQuantities(present, value) : value;
  }
}

function raise(total: Amounts, least: Amounts): void {
  for (const [name, value] of Object.entries(least)) {
    const present = total[name];
    if (!present || compareQuantities(present, value) < 0) total[name] = value;
  }
}

/** An amount as the number that comparisons use: millicores of `cpu`, whole units (bytes) of everything else. */
export function amountNumber(resource: string, value: QuantityLike): number {
  return resource === 'cpu' ? quantityMilliValue(value) : quantityValue(value);
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/**
 * Guaranteed: every container limits CPU and memory and requests as much. BestEffort: none asks for either.
 * Burstable: the rest. Decided once, at creation.
 */
export function qosClass(spec: PodSpec | undefined): QosClass {
  const lists: Array<ResourceRequirements | undefined> = spec?.resources
    ? [spec.resources]
    : [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((container) => container.resources);
  const resources = ['cpu', 'memory'];
  let asked = false;
  let guaranteed = lists.length > 0;
  for (const list of lists) {
    for (const resource of resources) {
      const limit = positive(list?.limits?.[resource]);
      const request = positive(list?.requests?.[resource]) ?? limit;
      if (limit || request) asked = true;
      if (!limit || !request || compareQuantities(limit, request) !== 0) guaranteed = false;
    }
  }
  if (!asked) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(value: QuantityLike | undefined): Quantity | undefined {
  const quantity = typeof value === 'object' ? value : tryParseQuantity(value);
  return quantity && quantity.nano > 0n ? quantity : undefined;
}
