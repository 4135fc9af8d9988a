import type { Pod } from '../../kube/generated/types';

/** The ConfigMaps and Secrets that a pod refers to, as `configmaps/namespace/name` and `secrets/namespace/name`. */
export function objectRefs(pod: Pod): Set<string> {
  const refs = new Set<string>();
  const { namespace = 'default' } = pod.metadata;
  const add = (plural: 'configmaps' | 'secrets', name: string | undefined) => {
    if (name) refs.add(`${plural}/${namespace}/${name}`);
  };
  const { volumes = [], containers = [], initContainers = [], imagePullSecrets = [] } = pod.spec ?? {};
  for (const { configMap, secret, projected } of volumes) {
    add('configmaps', configMap?.name);
    add('secrets', secret?.secretName);
    for (const source of projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
  }
  for (const { env = [], envFrom = [] } of [...initContainers, ...containers]) {
    for (const source of envFrom) {
      add('configmaps', source.configMapRef?.name);
      add('secrets', source.secretRef?.name);
    }
    for (const { valueFrom } of env) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { name } of imagePullSecrets) add('secrets', name);
  return refs;
}
