import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ProjectedVolumeSource,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../kube/generated/types';
import { isStatusError } from '../../kube/status-error';
import { type DownwardContext, fieldValue, resourceValue } from '../spec/field-ref';
import { ContainerConfigError, configMapData, type PodObjects, secretData } from '../spec/objects';
import { fsUser } from '../spec/security';
import type { Payload } from './atomic-writer';
import type { PodTokens } from './pod-tokens';

export interface PayloadContext extends DownwardContext {
  objects: PodObjects;
  tokens: Pick<PodTokens, 'token'>;
}

const defaultMode = 0o644;

/** Whether a volume's content is written by the agent, and follows the objects that it comes from. */
export function isWritten(volume: Volume): boolean {
  return Boolean(volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected);
}

/**
 * The files of a ConfigMap, Secret, downward API or projected volume.
 * @throws ContainerConfigError (reason FailedMount) when something that is not optional is missing.
 */
export async function volumePayload(pod: Pod, volume: Volume, context: PayloadContext): Promise<Payload> {
  if (volume.configMap) return configMapFiles(pod, volume.configMap, volume.configMap.defaultMode, context);
  if (volume.secret) return secretFiles(pod, volume.secret, volume.secret.defaultMode, context);
  if (volume.downwardAPI)
    return downwardFiles(pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode, context);
  if (volume.projected) return projectedFiles(pod, volume.projected, context);
  throw missing(`volume "${volume.name}" has no source that is written`);
}

async function projectedFiles(pod: Pod, source: ProjectedVolumeSource, context: PayloadContext): Promise<Payload> {
  const parts = (source.sources ?? []).map((part) => projectionFiles(pod, part, source.defaultMode, context));
  return new Map((await Promise.all(parts)).flatMap((files) => [...files]));
}

async function projectionFiles(
  pod: Pod,
  part: VolumeProjection,
  mode: number | undefined,
  context: PayloadContext,
): Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = part;
  if (configMap) return configMapFiles(pod, configMap, mode, context);
  if (secret) return secretFiles(pod, { ...secret, secretName: secret.name }, mode, context);
  if (downwardAPI) return downwardFiles(pod, downwardAPI.items ?? [], mode, context);
  if (serviceAccountToken) return tokenFile(pod, serviceAccountToken, mode, context);
  throw missing(`a projected volume has the source ${Object.keys(part).join()}, which is not served`);
}

/** Readable for its user alone where that is known, and for the fsGroup, which every written file is. */
async function tokenFile(
  pod: Pod,
  projection: ServiceAccountTokenProjection,
  mode: number | undefined,
  { tokens }: PayloadContext,
): Promise<Payload> {
  const userId = fsUser(pod);
  const confined = userId !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  try {
    const data = Buffer.from(await tokens.token(pod, projection));
    return new Map([[projection.path, { data, mode: confined ? 0o600 : (mode ?? defaultMode), userId }]]);
  } catch (error) {
    if (isStatusError(error)) throw missing(`failed to fetch token: ${error.message}`);
    throw error;
  }
}

async function configMapFiles(
  pod: Pod,
  source: ConfigMapVolumeSource,
  mode: number | undefined,
  context: PayloadContext,
): Promise<Payload> {
  const { namespace = 'default' } = pod.metadata;
  const found = await context.objects.configMap(namespace, source.name ?? '');
  if (!found && !source.optional) throw missing(`configmap "${source.name}" not found`);
  return keyFiles(found ? configMapData(found) : new Map(), source, mode, `configmap "${source.name}"`);
}

async function secretFiles(
  pod: Pod,
  source: SecretVolumeSource,
  mode: number | undefined,
  context: PayloadContext,
): Promise<Payload> {
  const { namespace = 'default' } = pod.metadata;
  const found = await context.objects.secret(namespace, source.secretName ?? '');
  if (!found && !source.optional) throw missing(`secret "${source.secretName}" not found`);
  return keyFiles(found ? secretData(found) : new Map(), source, mode, `secret "${source.secretName}"`);
}

function keyFiles(
  data: Map<string, Buffer>,
  source: { items?: KeyToPath[]; optional?: boolean },
  mode: number | undefined,
  what: string,
): Payload {
  const files: Payload = new Map();
  if (!source.items?.length) {
    for (const [key, value] of data) files.set(key, { data: value, mode: mode ?? defaultMode });
    return files;
  }
  for (const item of source.items) {
    const value = data.get(item.key);
    if (value) files.set(item.path, { data: value, mode: item.mode ?? mode ?? defaultMode });
    else if (!source.optional) throw missing(`${what} references non-existent config key: ${item.key}`);
  }
  return files;
}

function downwardFiles(
  pod: Pod,
  items: DownwardAPIVolumeFile[],
  mode: number | undefined,
  context: PayloadContext,
): Payload {
  const files: Payload = new Map();
  for (const item of items) {
    const text = item.fieldRef
      ? fieldValue(item.fieldRef, pod, context)
      : item.resourceFieldRef
        ? resourceOf(pod, item.resourceFieldRef, context)
        : '';
    files.set(item.path, { data: Buffer.from(text), mode: item.mode ?? mode ?? defaultMode });
  }
  return files;
}

function resourceOf(
  pod: Pod,
  selector: NonNullable<DownwardAPIVolumeFile['resourceFieldRef']>,
  context: PayloadContext,
) {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const container = containers.find(({ name }) => name === selector.containerName);
  if (!container) throw missing(`container ${selector.containerName} not found`);
  return resourceValue(selector, container, context.allocatable);
}

function missing(message: string): ContainerConfigError {
  return new ContainerConfigError(message, 'FailedMount');
}
