import type { Container, EnvFromSource, EnvVar, Pod, Volume } from '../../kube/generated/types';

/** What a pod may read through its node. */
export interface PodReferences {
  secrets: Set<string>;
  configMaps: Set<string>;
}

/** The Secrets and ConfigMaps that a pod names, in volumes, in its containers of every kind, or to pull images. */
export function podReferences(pod: Pod): PodReferences {
  const found: PodReferences = { secrets: new Set(), configMaps: new Set() };
  const add = (set: Set<string>, name: string | undefined) => name && set.add(name);
  for (const secret of pod.spec?.imagePullSecrets ?? []) add(found.secrets, secret.name);
  for (const volume of pod.spec?.volumes ?? []) volumeReferences(volume, found, add);
  for (const container of containersOf(pod)) {
    for (const source of container.envFrom ?? []) {
      add(found.secrets, source.secretRef?.name);
      add(found.configMaps, source.configMapRef?.name);
    }
    for (const variable of container.env ?? []) {
      add(found.secrets, variable.valueFrom?.secretKeyRef?.name);
      add(found.configMaps, variable.valueFrom?.configMapKeyRef?.name);
    }
  }
  return found;
}

type Environment = Pick<Container, 'env' | 'envFrom'> & { env?: EnvVar[]; envFrom?: EnvFromSource[] };

/** The containers of every kind: init, ephemeral and normal. */
function containersOf(pod: Pod): Environment[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  return [...initContainers, ...containers, ...ephemeralContainers];
}

function volumeReferences(
  volume: Volume,
  found: PodReferences,
  add: (set: Set<string>, name: string | undefined) => void,
): void {
  add(found.secrets, volume.secret?.secretName);
  add(found.configMaps, volume.configMap?.name);
  for (const source of volume.projected?.sources ?? []) {
    add(found.secrets, source.secret?.name);
    add(found.configMaps, source.configMap?.name);
  }
}
