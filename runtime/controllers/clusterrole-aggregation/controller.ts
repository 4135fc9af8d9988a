import { Controller } from '../../client/controller';
import type { ClusterRole, PolicyRule } from '../../kube/generated/types';
import { clusterRoles } from '../../kube/resource';
import { equalJson } from '../../kube/schema-engine';
import { selectsLabels } from '../../kube/selector';
import type { ControllerContext, ControllerHandle } from '../context';

/** Keeps the rules of every ClusterRole with an `aggregationRule`: those of the ClusterRoles that it selects. */
export function clusterRoleAggregationController(context: ControllerContext): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const roles = informers.for(clusterRoles);
  const controller = new Controller({ name: 'clusterrole-aggregation', clock, logger, reconcile });

  // Whatever role changes, any aggregated one may have to follow; there are few of them.
  const all = () => {
    for (const role of roles.cache.list()) if (role.aggregationRule) controller.enqueue(role.metadata.name ?? '');
  };
  roles.addHandler({ onAdd: all, onUpdate: all, onDelete: all });

  async function reconcile(name: string): Promise<void> {
    const role = roles.cache.get(name);
    if (!role?.aggregationRule) return;
    const rules = aggregatedRules(role, roles.cache.list());
    if (equalJson(rules, role.rules ?? [])) return;
    await client.update(clusterRoles, { ...role, rules });
  }

  return controller;
}

/** The rules that an aggregated role should have, each once, in the order of the roles' names. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
  const rules: PolicyRule[] = [];
  const byName = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  for (const other of byName) {
    if (other.metadata.name === role.metadata.name) continue;
    if (!selectors.some((selector) => selectsLabels(selector, other.metadata.labels ?? {}))) continue;
    for (const rule of other.rules ?? []) if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
  }
  return rules;
}
