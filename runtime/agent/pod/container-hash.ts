import { createHash } from 'node:crypto';
import type { Container } from '../../kube/generated/types';

/** Of what a running container must be made from: the parts of a pod's containers that an update may change. */
export function containerHash(container: Container): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 16);
}
