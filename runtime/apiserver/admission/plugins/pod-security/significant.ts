import type { Pod } from '../../../../kube/generated/types';
import { type AnyContainer, visitContainers } from '../../../../kube/pod-containers';

/** Whether an update of a pod changes anything that a security level is about: its containers or their images. */
export function significant(pod: Pod, old: Pod): boolean {
  const before = imagesOf(old);
  const after = imagesOf(pod);
  // An ephemeral container is never taken away; that one is missing changes nothing.
  const count = (images: Map<string, unknown>, type: string) =>
    [...images.keys()].filter((key) => key.startsWith(type)).length;
  if (['init', 'normal'].some((type) => count(before, type) !== count(after, type))) return true;
  return [...after].some(([key, image]) => !before.has(key) || before.get(key) !== image);
}

/** Images by container. Only ephemeral containers have names by which they are found again; the others have places. */
function imagesOf({ spec }: Pod): Map<string, AnyContainer['image']> {
  return new Map(
    [...visitContainers(spec)].map(({ container, type, field }) => [
      type === 'ephemeral' ? `${type} ${container.name}` : `${type} ${field}`,
      container.image,
    ]),
  );
}
