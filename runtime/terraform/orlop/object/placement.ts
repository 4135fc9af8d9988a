import type { HttpApiClient } from '../../../client/http-client';
import type { Deployment, Pod } from '../../../kube/generated/types';
import type { AnyObject } from '../../../kube/object';
import { nodes, pods } from '../../../kube/resource';
import { planPlacements } from '../../../scheduler/plan';
import { ownPods } from './own-pods';

/** More replicas than this are not simulated: the answer would be late, not different. */
const maxSimulated = 200;

/**
 * What the scheduler would say of the pods of a planned object, beside everything that runs now: a sentence for those
 * that would not fit, or undefined when all do.
 */
export async function placementProblem(client: HttpApiClient, planned: AnyObject): Promise<string | undefined> {
  const wanted = podsOf(planned);
  if (wanted.length === 0) return undefined;
  const [allNodes, allPods] = await Promise.all([client.list(nodes), client.list(pods)]);
  const own = ownPods(planned);
  const others = allPods.items.filter((pod) => !own(pod));
  const decisions = planPlacements(allNodes.items, others, wanted);
  const refused = decisions.flatMap((decision) => ('unschedulable' in decision ? [decision.unschedulable] : []));
  if (refused.length === 0) return undefined;
  return `${refused.length} of ${wanted.length} pods would stay Pending: ${refused[0]}`;
}

function podsOf(object: AnyObject): Pod[] {
  if (object.kind === 'Pod') return [object as unknown as Pod];
  if (object.kind !== 'Deployment') return [];
  const { metadata, spec } = object as unknown as Deployment;
  if (!spec?.template) return [];
  const replicas = Math.min(spec.replicas ?? 1, maxSimulated);
  return Array.from({ length: replicas }, (_each, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...spec.template.metadata, name: `${metadata.name}-${index}`, namespace: metadata.namespace },
    spec: spec.template.spec,
  })) as Pod[];
}
