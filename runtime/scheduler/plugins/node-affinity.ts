import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../../kube/generated/types';
import { type FilterPlugin, normalize, type ScorePlugin } from '../plugin';

const reasonAffinity = "node(s) didn't match Pod's node affinity/selector";

/** `nodeSelector` and required node affinity, both of which must hold; preferred affinity adds its weights. */
export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  filter({ pod }) {
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (!pod.spec?.nodeSelector && !required) return undefined;
    return ({ node }) => (selectsNode(pod, node) ? undefined : [reasonAffinity]);
  },
  score({ pod }, feasible) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!preferred?.length) return undefined;
    const weights = feasible.map(({ node }) =>
      preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
    );
    return normalize(weights, false);
  },
};

/** Whether a pod's `nodeSelector` and required node affinity allow the node. */
export function selectsNode({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const selected = Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  return selected && (!required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node)));
}

/** All of a term's requirements hold. A term without any matches nothing. */
function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every((requirement) => holds(requirement, labels[requirement.key])) &&
    fields.every((requirement) => requirement.key === 'metadata.name' && holds(requirement, node.metadata.name))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(values[0]) && Number(value) > Number(values[0]);
    case 'Lt':
      return isInteger(value) && isInteger(values[0]) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isInteger(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}
