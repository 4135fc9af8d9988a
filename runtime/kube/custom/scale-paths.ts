import type { CustomResourceSubresourceScale } from '../generated/types';
import type { Kind } from '../kind';

/** `.spec.replicas` as the registry has paths: without the dot in front. */
export function scalePaths(scale: CustomResourceSubresourceScale): NonNullable<Kind['subresources']['scale']> {
  const bare = (path: string | undefined) => (path ?? '').replace(/^\./, '');
  return {
    specReplicas: bare(scale.specReplicasPath),
    statusReplicas: bare(scale.statusReplicasPath),
    selector: bare(scale.labelSelectorPath),
  };
}
