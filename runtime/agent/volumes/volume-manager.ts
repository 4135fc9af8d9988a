import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreachableError } from '../../client/client';
import type { Mount } from '../../engine/engine';
import type { Container, Pod, Volume } from '../../kube/generated/types';
import { quantityValue } from '../../kube/quantity';
import { expand } from '../spec/expansion';
import { ContainerConfigError } from '../spec/objects';
import { isWrittenAt, writeAtomically } from './atomic-writer';
import { prepareHostPath } from './host-path';
import { type Mounter, systemMounter } from './mount-table';
import { isWritten, type PayloadContext, volumePayload } from './payload';
import type { PodTokens } from './pod-tokens';
import { mountSubPath } from './sub-path';

export interface VolumeManagerOptions {
  /** Folder of the pods' folders. */
  root: string;
  context(pod: Pod): Omit<PayloadContext, 'tokens'>;
  tokens: PodTokens;
  mounter?: Mounter;
}

const podUidForm = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The volumes of a node's pods, in one folder a pod. Idempotent throughout: after a restart the same calls adopt. */
export class VolumeManager {
  private readonly mounter: Mounter;

  constructor(private readonly options: VolumeManagerOptions) {
    this.mounter = options.mounter ?? systemMounter;
  }

  /** The folder of everything that the agent keeps of a pod. */
  podFolder(podUid: string): string {
    if (!podUidForm.test(podUid)) throw new RangeError(`pod uid ${JSON.stringify(podUid)} cannot name a folder`);
    return join(this.options.root, podUid);
  }

  /** Makes every volume of a pod; volume name → path on the node. @throws ContainerConfigError */
  async setUp(pod: Pod): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of pod.spec?.volumes ?? []) paths.set(volume.name, await this.setUpVolume(pod, volume));
    return paths;
  }

  /** Writes again what comes from ConfigMaps, Secrets, tokens and the pod itself; running containers see it. */
  async refresh(pod: Pod): Promise<void> {
    for (const volume of pod.spec?.volumes ?? []) if (isWritten(volume)) await this.setUpVolume(pod, volume);
  }

  /** Whether a token in the pod's volumes is to be renewed, by `refresh`. */
  tokenIsDue(pod: Pod): boolean {
    return this.options.tokens.isDue(pod);
  }

  /** The mounts of one container, of volumes that are set up. */
  async mounts(
    pod: Pod,
    container: Container,
    volumes: ReadonlyMap<string, string>,
    env: ReadonlyMap<string, string>,
  ): Promise<Mount[]> {
    const mounts: Mount[] = [];
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      const volume = volumes.get(mount.name);
      if (volume === undefined)
        throw new ContainerConfigError(`volume "${mount.name}" is not one of the pod's volumes`);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, env) : mount.subPath;
      const folder = this.podFolder(pod.metadata.uid ?? '');
      const target = join(folder, 'volume-subpaths', mount.name, container.name, String(index));
      const hostPath = subPath ? await mountSubPath(this.mounter, volume, subPath, target) : volume;
      mounts.push({
        hostPath,
        containerPath: mount.mountPath,
        readOnly: mount.readOnly ?? false,
        propagation: propagationOf(mount.mountPropagation),
      });
    }
    return mounts;
  }

  /** Unmounts and removes everything of a pod. Never follows a link, never goes through a mount. */
  async tearDown(podUid: string): Promise<void> {
    const folder = this.podFolder(podUid);
    for (const target of await this.mounter.below(folder)) await this.mounter.unmount(target);
    await rm(folder, { recursive: true, force: true });
    this.options.tokens.forget(podUid);
  }

  /** The pods that have a folder. */
  async podUids(): Promise<string[]> {
    return (await readdir(this.options.root).catch(() => [])).filter((name) => podUidForm.test(name));
  }

  private async setUpVolume(pod: Pod, volume: Volume): Promise<string> {
    if (volume.hostPath) return prepareHostPath(volume.hostPath);
    const groupId = pod.spec?.securityContext?.fsGroup;
    const base = join(this.podFolder(pod.metadata.uid ?? ''), 'volumes');
    if (volume.emptyDir) {
      const folder = join(base, 'kubernetes.io~empty-dir', volume.name);
      const { medium, sizeLimit } = volume.emptyDir;
      await this.makeFolder(
        folder,
        medium === 'Memory',
        sizeLimit === undefined ? undefined : quantityValue(sizeLimit),
      );
      if (groupId !== undefined) await chown(folder, 0, groupId);
      await chmod(folder, groupId === undefined ? 0o777 : 0o2777);
      return folder;
    }
    if (isWritten(volume)) {
      const kind = volume.configMap
        ? 'configmap'
        : volume.secret
          ? 'secret'
          : volume.projected
            ? 'projected'
            : 'downward-api';
      const folder = join(base, `kubernetes.io~${kind}`, volume.name);
      const { context, tokens } = this.options;
      const payload = await volumePayload(pod, volume, { ...context(pod), tokens }).catch(async (error: unknown) => {
        // What an earlier agent wrote holds until the server is back.
        if (error instanceof UnreachableError && (await isWrittenAt(folder))) return undefined;
        throw error;
      });
      if (!payload) return folder;
      // What is secret is kept in memory only.
      await this.makeFolder(folder, Boolean(volume.secret ?? volume.projected), undefined);
      await chmod(folder, 0o755);
      if (groupId !== undefined) for (const file of payload.values()) file.mode |= 0o040;
      await writeAtomically(folder, payload, groupId);
      return folder;
    }
    const kinds = Object.keys(volume).filter((key) => key !== 'name');
    throw new ContainerConfigError(
      `volume "${volume.name}" is of type ${kinds.join()}, which is not served`,
      'FailedMount',
    );
  }

  private async makeFolder(folder: string, inMemory: boolean, sizeBytes: number | undefined): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    if (inMemory && !(await this.mounter.below(folder)).includes(folder)) await this.mounter.tmpfs(folder, sizeBytes);
  }
}

function propagationOf(propagation: string | undefined): Mount['propagation'] {
  if (propagation === 'Bidirectional') return 'rshared';
  return propagation === 'HostToContainer' ? 'rslave' : 'private';
}
