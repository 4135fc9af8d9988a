import type { ObjectMeta } from './generated/types';
import { annotations } from './well-known';

/** The rollout number of a Deployment or ReplicaSet, of 64 bits as in Kubernetes; 0 where there is none yet. */
export function revisionOf(object: { metadata: ObjectMeta }): bigint {
  const text = object.metadata.annotations?.[annotations.deploymentRevision];
  return text && isRevision(text) ? BigInt(text) : 0n;
}

/** The earlier rollout numbers that a ReplicaSet has had, oldest first. */
export function revisionHistoryOf(object: { metadata: ObjectMeta }): bigint[] {
  const text = object.metadata.annotations?.[annotations.deploymentRevisionHistory] ?? '';
  return text.split(',').filter(isRevision).map(BigInt);
}

/** More digits than 64 bits have are no number of a rollout. */
function isRevision(text: string): boolean {
  return /^\d{1,19}$/.test(text);
}
