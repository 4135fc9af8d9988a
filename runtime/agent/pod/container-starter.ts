import type { ContainerSpec, ImageInfo } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { containerEnv } from '../spec/env';
import { expand } from '../spec/expansion';
import { registryAuths } from '../spec/registry-auth';
import { containerResources } from '../spec/resources';
import { containerSecurity } from '../spec/security';
import { containerHash } from './container-hash';
import { downwardContext, type PodContext } from './pod-context';
import type { PodFiles } from './pod-files';
import { sandboxAnnotation } from './pod-state';

export interface StartRequest {
  pod: Pod;
  container: Container;
  attempt: number;
  sandboxId: string;
  /** The pod's address; comes once the sandbox is wired, and rejects when it is not. */
  ip: Promise<string>;
  volumes: Promise<ReadonlyMap<string, string>>;
  files: PodFiles;
  /** Aborts when the pod has to go: nothing more is made then. */
  signal: AbortSignal;
  /** Told of the container as soon as it exists. */
  onCreated(id: string): void;
}

/** Brings one container from its spec to running. Rejects with the error that says why not. */
export async function startContainer(context: PodContext, request: StartRequest): Promise<void> {
  const { pod, container, signal } = request;
  const { engine } = context;
  const path = `spec.containers{${container.name}}`;
  const image = await untilAborted(signal, ensureImage(context, pod, container, path));
  const spec = await untilAborted(signal, containerSpec(context, request, image));
  signal.throwIfAborted();
  const id = await engine.createContainer(spec);
  request.onCreated(id);
  context.record(pod, 'Normal', 'Created', `Created container: ${container.name}`, path);
  await untilAborted(signal, request.ip);
  await engine.startContainer(id);
  context.record(pod, 'Normal', 'Started', `Started container ${container.name}`, path);
}

/** The image of a container by its pull policy, with the events that tell of it. */
export async function ensureImage(
  context: PodContext,
  pod: Pod,
  container: Container,
  path: string,
): Promise<ImageInfo> {
  let pulledAt: number | undefined;
  const image = await context.images.ensure(
    container,
    () => registryAuths(pod, context.objects),
    () => {
      pulledAt = context.clock.monotonic();
      context.record(pod, 'Normal', 'Pulling', `Pulling image "${container.image}"`, path);
    },
  );
  const message =
    pulledAt === undefined
      ? `Container image "${container.image}" already present on machine`
      : `Successfully pulled image "${container.image}" in ${Math.round(context.clock.monotonic() - pulledAt)}ms. Image size: ${image.sizeBytes} bytes.`;
  context.record(pod, 'Normal', 'Pulled', message, path);
  return image;
}

async function containerSpec(context: PodContext, request: StartRequest, image: ImageInfo): Promise<ContainerSpec> {
  const { pod, container, attempt, sandboxId, files } = request;
  const security = containerSecurity(pod, container, image);
  const volumes = await request.volumes;
  const env = await containerEnv(pod, container, {
    ...downwardContext(context, asksForIp(container) ? await request.ip : undefined),
    objects: context.objects,
    services: context.services(),
  });
  const own = await context.volumes.mounts(pod, container, volumes, env);
  const { uid = '', name = '', namespace = 'default' } = pod.metadata;
  const { spec } = pod;
  return {
    podUid: uid,
    podName: name,
    podNamespace: namespace,
    name: container.name,
    attempt,
    sandboxId,
    image: container.image ?? '',
    command: (container.command ?? []).map((word) => expand(word, env)),
    args: (container.args ?? []).map((word) => expand(word, env)),
    workingDir: container.workingDir ?? '',
    env: [...env].map(([key, value]) => ({ name: key, value })),
    mounts: [...own, ...(await files.mounts(container, attempt, own))],
    resources: containerResources(pod, container, context.node.memoryBytes),
    security,
    tty: container.tty ?? false,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    sharePidWithSandbox: spec?.shareProcessNamespace ?? false,
    hostPid: spec?.hostPID ?? false,
    hostIpc: spec?.hostIPC ?? false,
    hash: containerHash(container),
    annotations: { [sandboxAnnotation]: sandboxId },
  };
}

function asksForIp({ env = [] }: Container): boolean {
  return env.some(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath.startsWith('status.podIP'));
}

/** Rejects as soon as the signal aborts; what runs on does so unheard. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
