import type { ImageInfo, Security } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { ContainerConfigError } from './objects';

/**
 * Who a container runs as and what it may do. The container's own settings win over the pod's.
 * @throws ContainerConfigError when `runAsNonRoot` holds and the user is root or cannot be told from the image.
 */
export function containerSecurity(pod: Pod, container: Container, image: Pick<ImageInfo, 'user'>): Security {
  const podContext = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? podContext.runAsUser;
  const runAsGroup = own.runAsGroup ?? podContext.runAsGroup;
  if (own.runAsNonRoot ?? podContext.runAsNonRoot) requireNonRoot(runAsUser, image.user, pod, container);
  const seccomp = own.seccompProfile ?? podContext.seccompProfile;
  const apparmor = own.appArmorProfile ?? podContext.appArmorProfile;
  return {
    privileged: own.privileged ?? false,
    user: userOf(runAsUser, runAsGroup, image.user),
    supplementalGroups: [
      ...new Set([
        ...(podContext.supplementalGroups ?? []),
        ...(podContext.fsGroup === undefined ? [] : [podContext.fsGroup]),
      ]),
    ],
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    seccomp: seccomp?.type === 'Unconfined' ? 'unconfined' : '',
    apparmor:
      apparmor?.type === 'Unconfined'
        ? 'unconfined'
        : apparmor?.type === 'Localhost'
          ? (apparmor.localhostProfile ?? '')
          : '',
  };
}

/** The user as whom all containers of a pod run, where its spec says so. */
export function fsUser({ spec }: Pod): number | undefined {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const users = new Set(
    containers.map(({ securityContext: own }) => own?.runAsUser ?? spec?.securityContext?.runAsUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}

function userOf(user: number | undefined, group: number | undefined, imageUser: string): string {
  if (user !== undefined) return group === undefined ? String(user) : `${user}:${group}`;
  if (group === undefined) return '';
  return `${imageUser.split(':')[0] || '0'}:${group}`;
}

function requireNonRoot(runAsUser: number | undefined, imageUser: string, pod: Pod, container: Container): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const name = imageUser.split(':')[0] ?? '';
  // Only plain decimal digits count: what a runtime would make of anything else is not ours to guess.
  if (name === '' || /^0+$/.test(name))
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^[1-9][0-9]{0,9}$/.test(name) || Number(name) > 0x7fffffff)
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`,
    );
}
