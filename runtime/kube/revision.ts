import type { ObjectMeta } from './generated/types';
import { annotations } from './well-known';

/** The rollout number of a Deployment or ReplicaSet; 0 where there is none yet. */
export function revisionOf(object: { metadata: ObjectMeta }): number {
  const text = object.metadata.annotations?.[annotations.deploymentRevision];
  return text && /^\d+$/.test(text) ? Number(text) : 0;
}

/** The earlier rollout numbers that a ReplicaSet has had, oldest first. */
export function revisionHistoryOf(object: { metadata: ObjectMeta }): number[] {
  const text = object.metadata.annotations?.[annotations.deploymentRevisionHistory] ?? '';
  return text
    .split(',')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
}
