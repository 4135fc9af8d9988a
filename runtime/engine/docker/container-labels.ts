import type { ContainerInfo, ContainerSpec, ImageInfo, PodLabels, SandboxSpec } from '../engine';
import type { DockerContainer, DockerImage } from './docker-types';

/** Marks what is ours; `list` and `events` look at nothing else. */
export const roleLabel = 'dev.orlop.role';
const attemptLabel = 'dev.orlop.attempt';
const hashLabel = 'dev.orlop.hash';
const annotationsLabel = 'dev.orlop.annotations';
const uidLabel = 'io.kubernetes.pod.uid';
const podLabel = 'io.kubernetes.pod.name';
const namespaceLabel = 'io.kubernetes.pod.namespace';
const containerLabel = 'io.kubernetes.container.name';

/** What a sandbox is called where a container has a name. */
export const sandboxContainerName = 'POD';

export function sandboxLabels(spec: SandboxSpec): Record<string, string> {
  return {
    ...podLabels(spec),
    [roleLabel]: 'sandbox',
    [containerLabel]: sandboxContainerName,
    [attemptLabel]: String(spec.attempt),
    [annotationsLabel]: JSON.stringify(spec.annotations),
  };
}

export function containerLabels(spec: ContainerSpec): Record<string, string> {
  return {
    ...podLabels(spec),
    [roleLabel]: 'container',
    [containerLabel]: spec.name,
    [attemptLabel]: String(spec.attempt),
    [hashLabel]: spec.hash,
    [annotationsLabel]: JSON.stringify(spec.annotations),
  };
}

/** Unique on a node: an attempt is never made twice. */
export function containerName(spec: PodLabels & { attempt: number }, name: string): string {
  return `orlop_${name}_${spec.podName}_${spec.podNamespace}_${spec.podUid}_${spec.attempt}`;
}

/** Of what was ended by SIGKILL. */
const killedExitCode = 137;

/**
 * Reads back what the labels and the engine say; undefined for a container that is not ours.
 * @param outOfMemory whether the engine told of it that memory ran out, which may have ended one of its processes only
 */
export function containerInfoOf(container: DockerContainer, outOfMemory = false): ContainerInfo | undefined {
  const labels = container.Config.Labels ?? {};
  const role = labels[roleLabel];
  if (role !== 'sandbox' && role !== 'container') return undefined;
  const { State: state } = container;
  const running = state.Running || state.Status === 'paused';
  const created = state.Status === 'created';
  return {
    id: container.Id,
    role,
    podUid: labels[uidLabel] ?? '',
    podName: labels[podLabel] ?? '',
    podNamespace: labels[namespaceLabel] ?? '',
    name: labels[containerLabel] ?? '',
    attempt: Number(labels[attemptLabel] ?? 0),
    hash: labels[hashLabel] ?? '',
    annotations: parseAnnotations(labels[annotationsLabel]),
    imageName: container.Config.Image,
    imageId: container.Image,
    state: running ? 'running' : created ? 'created' : 'exited',
    pid: state.Pid,
    createdAt: Date.parse(container.Created),
    startedAt: timeOf(state.StartedAt),
    finishedAt: running ? undefined : timeOf(state.FinishedAt),
    exitCode: running || created ? undefined : state.ExitCode,
    oomKilled: state.OOMKilled || (outOfMemory && !running && state.ExitCode === killedExitCode),
    error: state.Error || undefined,
  };
}

export function imageInfoOf(image: DockerImage): ImageInfo {
  const config = image.Config ?? {};
  return {
    id: image.Id,
    names: [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter((name) => !name.includes('<none>')),
    sizeBytes: image.Size,
    user: config.User ?? '',
    entrypoint: config.Entrypoint ?? [],
    command: config.Cmd ?? [],
    workingDir: config.WorkingDir ?? '',
    env: config.Env ?? [],
    stopSignal: config.StopSignal || undefined,
  };
}

function podLabels(spec: PodLabels): Record<string, string> {
  return { [uidLabel]: spec.podUid, [podLabel]: spec.podName, [namespaceLabel]: spec.podNamespace };
}

function parseAnnotations(text: string | undefined): Record<string, string> {
  try {
    return text ? (JSON.parse(text) as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Docker writes year 1 for a time that has not come. */
function timeOf(text: string): number | undefined {
  return text && !text.startsWith('0001-') ? Date.parse(text) : undefined;
}

/** Reads the pod and container out of an event's attributes, which repeat the labels. */
export function eventSubject(attributes: Record<string, string>): { podUid: string; containerName: string } {
  return { podUid: attributes[uidLabel] ?? '', containerName: attributes[containerLabel] ?? '' };
}
