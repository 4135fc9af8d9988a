import { labels } from '../../kube/well-known';
import { normalize, type ScorePlugin } from '../plugin';

/**
 * Spreads the pods of one controller over nodes, and over zones where nodes have them. This is what keeps a web app
 * up when one machine dies, so it weighs more than what the machines have left.
 */
export const defaultSpread: ScorePlugin = {
  name: 'DefaultSpread',
  weight: 4,
  score({ group, pod }, feasible, snapshot) {
    // A pod that says itself how it is to be spread is taken at its word.
    if (group === undefined || pod.spec?.topologySpreadConstraints?.length) return undefined;
    const onNode = feasible.map((node) => node.groups.get(group) ?? 0);
    const inZone = new Map<string, number>();
    for (const { node, groups } of snapshot.nodes) {
      const zone = node.metadata.labels?.[labels.zone];
      if (zone) inZone.set(zone, (inZone.get(zone) ?? 0) + (groups.get(group) ?? 0));
    }
    const byNode = normalize(onNode, true);
    if (inZone.size < 2) return byNode;
    const byZone = normalize(
      feasible.map(({ node }) => inZone.get(node.metadata.labels?.[labels.zone] ?? '') ?? 0),
      true,
    );
    return byNode.map((score, i) => (score + (byZone[i] as number)) / 2);
  },
};
