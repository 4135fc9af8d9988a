import type { Container, EnvFromSource, EnvVar, Pod, Volume } from '../../../../kube/generated/types';

/** The resources that a node may read because a pod bound to it refers to them. */
export type ReferredResource =
  | 'secrets'
  | 'configmaps'
  | 'serviceaccounts'
  | 'persistentvolumeclaims'
  | 'persistentvolumes';

/** The objects of the pod's own namespace that a pod names, as `secrets/name`, each once. */
export function podReferences(pod: Pod): Set<string> {
  const found = new Set<string>();
  const add = (resource: ReferredResource, name: string | undefined) => {
    if (name) found.add(`${resource}/${name}`);
  };
  add('serviceaccounts', pod.spec?.serviceAccountName);
  for (const secret of pod.spec?.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const volume of pod.spec?.volumes ?? []) volumeReferences(volume, pod.metadata.name ?? '', add);
  for (const container of containersOf(pod)) {
    for (const source of container.envFrom ?? []) {
      add('secrets', source.secretRef?.name);
      add('configmaps', source.configMapRef?.name);
    }
    for (const variable of container.env ?? []) {
      add('secrets', variable.valueFrom?.secretKeyRef?.name);
      add('configmaps', variable.valueFrom?.configMapKeyRef?.name);
    }
  }
  return found;
}

type Add = (resource: ReferredResource, name: string | undefined) => void;
type Environment = Pick<Container, 'env' | 'envFrom'> & { env?: EnvVar[]; envFrom?: EnvFromSource[] };

/** The containers of every kind: init, ephemeral and normal. */
function containersOf(pod: Pod): Environment[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  return [...initContainers, ...containers, ...ephemeralContainers];
}

function volumeReferences(volume: Volume, podName: string, add: Add): void {
  add('secrets', volume.secret?.secretName);
  add('configmaps', volume.configMap?.name);
  add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
  // The claim of an ephemeral volume is named by the pod and the volume.
  if (volume.ephemeral) add('persistentvolumeclaims', `${podName}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    add('secrets', source.secret?.name);
    add('configmaps', source.configMap?.name);
  }
}
