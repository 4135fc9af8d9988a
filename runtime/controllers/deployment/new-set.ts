import type { Deployment, ReplicaSet } from '../../kube/generated/types';
import { podTemplateHash } from '../../kube/pod-template-hash';
import { deployments } from '../../kube/resource';
import { revisionHistoryOf, revisionOf } from '../../kube/revision';
import { annotations, labels } from '../../kube/well-known';
import { controllerReference } from '../owners';
import type { PlannedSet } from './state';

/** Annotations of a Deployment that are about itself and not about its rollout. */
const ownAnnotations = new Set<string>([
  annotations.lastApplied,
  annotations.deploymentRevision,
  annotations.deploymentRevisionHistory,
  annotations.deploymentDesiredReplicas,
  annotations.deploymentMaxReplicas,
]);

/** The ReplicaSet of the Deployment's template as it is now, with no replicas yet. */
export function newReplicaSet(deployment: Deployment): ReplicaSet {
  const spec = deployment.spec as NonNullable<Deployment['spec']>;
  const hash = podTemplateHash(spec.template, deployment.status?.collisionCount);
  const hashLabel = { [labels.podTemplateHash]: hash };
  const templateLabels = { ...spec.template.metadata?.labels, ...hashLabel };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels: templateLabels,
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, ...hashLabel } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels: templateLabels } },
    },
  };
}

/**
 * Gives the new ReplicaSet its revision, one above all others, the Deployment's annotations and `minReadySeconds`.
 * One that had a lower revision (a rollback) remembers it. Returns the revision.
 */
export function markAsNew(deployment: Deployment, newSet: PlannedSet, oldSets: readonly PlannedSet[]): bigint {
  const { metadata, spec } = newSet.desired;
  const had = revisionOf(newSet.desired);
  let revision = had || 1n;
  for (const { desired } of oldSets) {
    const old = revisionOf(desired);
    if (old >= revision) revision = old + 1n;
  }
  const wanted: Record<string, string> = { ...metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!ownAnnotations.has(key)) wanted[key] = value;
  }
  wanted[annotations.deploymentRevision] = String(revision);
  if (had > 0n && had < revision) {
    const history = [...revisionHistoryOf(newSet.desired), had];
    wanted[annotations.deploymentRevisionHistory] = history.join(',');
  }
  const changed = Object.entries(wanted).some(([key, value]) => metadata.annotations?.[key] !== value);
  const minReadySeconds = deployment.spec?.minReadySeconds;
  const slower = (spec?.minReadySeconds ?? 0) !== (minReadySeconds ?? 0);
  if (changed || slower) {
    newSet.desired = {
      ...newSet.desired,
      metadata: { ...metadata, annotations: wanted },
      spec: {
        ...(spec as NonNullable<ReplicaSet['spec']>),
        ...(slower ? { minReadySeconds: minReadySeconds ?? 0 } : {}),
      },
    };
  }
  return revision;
}
