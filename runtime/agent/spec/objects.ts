import type { ConfigMap, Secret } from '../../kube/generated/types';

/** Where a pod's ConfigMaps and Secrets come from. */
export interface PodObjects {
  /** undefined when there is none. @throws UnreachableError when that cannot be known now. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

/** A pod cannot get what its spec refers to; the reason goes into the container's status. */
export class ContainerConfigError extends Error {
  constructor(
    message: string,
    readonly reason = 'CreateContainerConfigError',
  ) {
    super(message);
    this.name = 'ContainerConfigError';
  }
}

/** The keys of a ConfigMap and their bytes. */
export function configMapData(configMap: ConfigMap): Map<string, Buffer> {
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(configMap.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(configMap.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'));
  return data;
}

/** The keys of a Secret and their bytes. */
export function secretData(secret: Secret): Map<string, Buffer> {
  return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}
