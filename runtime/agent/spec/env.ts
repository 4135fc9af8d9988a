import type { Container, EnvFromSource, EnvVar, Pod, Service } from '../../kube/generated/types';
import { expand } from './expansion';
import { type DownwardContext, fieldValue, resourceValue } from './field-ref';
import { ContainerConfigError, configMapData, type PodObjects, secretData } from './objects';
import { serviceEnv } from './service-env';

export interface EnvContext extends DownwardContext {
  objects: PodObjects;
  services: Service[];
}

/**
 * The environment of a container, in Kubernetes' order of precedence: services, envFrom, env, each later one winning.
 * @throws ContainerConfigError when a ConfigMap, Secret or key that is not optional is missing.
 */
export async function containerEnv(pod: Pod, container: Container, context: EnvContext): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? 'default';
  const env = serviceEnv(context.services, namespace, pod.spec?.enableServiceLinks !== false);
  for (const source of container.envFrom ?? [])
    for (const [key, value] of await envFrom(source, namespace, context)) env.set((source.prefix ?? '') + key, value);
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, pod, container, env, context);
    if (value !== undefined) env.set(variable.name, value);
  }
  return env;
}

async function envFrom(
  source: EnvFromSource,
  namespace: string,
  { objects }: EnvContext,
): Promise<Map<string, string>> {
  const reference = source.configMapRef ?? source.secretRef;
  const name = reference?.name ?? '';
  const [kind, data] = source.configMapRef
    ? (['configmap', await objects.configMap(namespace, name).then((found) => found && configMapData(found))] as const)
    : (['secret', await objects.secret(namespace, name).then((found) => found && secretData(found))] as const);
  if (data) return new Map([...data].map(([key, value]) => [key, value.toString('utf8')]));
  if (reference?.optional) return new Map();
  throw new ContainerConfigError(`${kind} "${name}" not found`);
}

async function variableValue(
  variable: EnvVar,
  pod: Pod,
  container: Container,
  env: Map<string, string>,
  context: EnvContext,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? '', env);
  if (from.fieldRef) return fieldValue(from.fieldRef, pod, context);
  if (from.resourceFieldRef) {
    const { containerName } = from.resourceFieldRef;
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const target = all.find(({ name }) => name === containerName) ?? container;
    return resourceValue(from.resourceFieldRef, target, context.allocatable);
  }
  const selector = from.configMapKeyRef ?? from.secretKeyRef;
  if (!selector)
    throw new ContainerConfigError(`environment variable ${variable.name} has a valueFrom that is not served`);
  const name = selector.name ?? '';
  const namespace = pod.metadata.namespace ?? 'default';
  const [kind, data] = from.configMapKeyRef
    ? ([
        'configmap',
        await context.objects.configMap(namespace, name).then((found) => found && configMapData(found)),
      ] as const)
    : (['secret', await context.objects.secret(namespace, name).then((found) => found && secretData(found))] as const);
  const value = data?.get(selector.key);
  if (value) return value.toString('utf8');
  if (selector.optional) return undefined;
  if (!data) throw new ContainerConfigError(`${kind} "${name}" not found`);
  const article = kind === 'configmap' ? 'ConfigMap' : 'Secret';
  throw new ContainerConfigError(`couldn't find key ${selector.key} in ${article} ${namespace}/${name}`);
}
