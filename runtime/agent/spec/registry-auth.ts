import type { RegistryAuth } from '../../engine/engine';
import type { Pod, Secret } from '../../kube/generated/types';
import { type PodObjects, secretData } from './objects';

interface DockerConfig {
  auths?: Record<string, { username?: string; password?: string; auth?: string }>;
}

/** The registry credentials of a pod's imagePullSecrets; one that is missing or malformed is left out, as in Kubernetes. */
export async function registryAuths(pod: Pod, objects: PodObjects): Promise<RegistryAuth[]> {
  const auths: RegistryAuth[] = [];
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    const secret = name ? await objects.secret(pod.metadata.namespace ?? 'default', name) : undefined;
    if (secret) auths.push(...authsOf(secret));
  }
  return auths;
}

function authsOf(secret: Secret): RegistryAuth[] {
  const text = secretData(secret).get('.dockerconfigjson')?.toString('utf8');
  if (!text) return [];
  try {
    const config = JSON.parse(text) as DockerConfig;
    return Object.entries(config.auths ?? {}).map(([serverAddress, entry]) => {
      const [user, ...rest] = Buffer.from(entry.auth ?? '', 'base64')
        .toString('utf8')
        .split(':');
      return { serverAddress, username: entry.username ?? user ?? '', password: entry.password ?? rest.join(':') };
    });
  } catch {
    return [];
  }
}
