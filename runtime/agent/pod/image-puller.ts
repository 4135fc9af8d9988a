import { type ContainerEngine, EngineError, type ImageInfo, type RegistryAuth } from '../../engine/engine';
import type { Container } from '../../kube/generated/types';
import type { Clock } from '../../util/clock';
import { formatDelay } from './restart-backoff';

/** An image cannot be had now; the reason and message go into the container's status. */
export class ImageError extends Error {
  constructor(
    readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName',
    message: string,
    /** When to try again. */
    readonly retryAt: number,
  ) {
    super(message);
    this.name = 'ImageError';
  }
}

const initial = 10_000;
const longest = 300_000;
const neverAgain = Number.MAX_SAFE_INTEGER;
const neverPullRetry = 10_000;
/** The reference grammar, as much of it as tells a typing error from a name. */
const imageForm =
  /^[a-zA-Z0-9][a-zA-Z0-9._-]*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

interface Failure {
  delay: number;
  retryAt: number;
  message: string;
}

/** Brings images by a container's pull policy; failing pulls of one image back off, and pulls of one image are shared. */
export class ImagePuller {
  private readonly failures = new Map<string, Failure>();
  private readonly pulling = new Map<string, Promise<ImageInfo>>();

  constructor(
    private readonly engine: ContainerEngine,
    private readonly clock: Clock,
  ) {}

  /** The image, present. `auths` are tried in turn, after none. @throws ImageError, EngineError `unavailable` */
  async ensure(container: Container, auths: () => Promise<RegistryAuth[]>, onPull?: () => void): Promise<ImageInfo> {
    const name = container.image ?? '';
    const policy = container.imagePullPolicy ?? defaultPolicy(name);
    if (!imageForm.test(name))
      throw new ImageError(
        'InvalidImageName',
        `couldn't parse image name "${name}": invalid reference format`,
        neverAgain,
      );
    const present = await this.engine.image(name);
    if (present && policy !== 'Always') return present;
    if (policy === 'Never')
      throw new ImageError(
        'ErrImageNeverPull',
        `Container image "${name}" is not present with pull policy of Never`,
        this.clock.now() + neverPullRetry,
      );
    const failed = this.failures.get(name);
    if (failed && failed.retryAt > this.clock.now())
      throw new ImageError('ImagePullBackOff', `Back-off pulling image "${name}": ${failed.message}`, failed.retryAt);
    onPull?.();
    return this.pull(name, auths);
  }

  private pull(name: string, auths: () => Promise<RegistryAuth[]>): Promise<ImageInfo> {
    const running = this.pulling.get(name);
    if (running) return running;
    const pull = this.tryAll(name, auths)
      .then((image) => {
        this.failures.delete(name);
        return image;
      })
      .catch((error) => {
        throw this.failed(name, error);
      })
      .finally(() => this.pulling.delete(name));
    this.pulling.set(name, pull);
    return pull;
  }

  private async tryAll(name: string, auths: () => Promise<RegistryAuth[]>): Promise<ImageInfo> {
    const registry = registryOf(name);
    const fitting = (await auths()).filter(({ serverAddress }) => sameRegistry(serverAddress, registry));
    let last: unknown;
    for (const auth of fitting.length ? fitting : [undefined]) {
      try {
        return await this.engine.pullImage(name, auth);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  private failed(name: string, error: unknown): unknown {
    if (error instanceof EngineError && error.code === 'unavailable') return error;
    const message = error instanceof Error ? error.message : String(error);
    const delay = Math.min(longest, (this.failures.get(name)?.delay ?? initial / 2) * 2);
    const retryAt = this.clock.now() + delay;
    this.failures.set(name, { delay, retryAt, message });
    return new ImageError('ErrImagePull', `${message} (next try in ${formatDelay(delay)})`, retryAt);
  }
}

/** `Always` for no tag and `latest`, as the API server defaults it. */
function defaultPolicy(image: string): string {
  const tag = /:([^/:@]+)$/.exec(image.split('@')[0] ?? '')?.[1] ?? 'latest';
  return !image.includes('@') && tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** The registry's host of an image name; Docker Hub's for a name without one. */
export function registryOf(image: string): string {
  const first = image.includes('/') ? (image.split('/')[0] as string) : '';
  return /[.:]/.test(first) || first === 'localhost' ? first : 'docker.io';
}

function sameRegistry(serverAddress: string, registry: string): boolean {
  const host = serverAddress.replace(/^https?:\/\//, '').split('/')[0] as string;
  const hub = (name: string) => (name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name);
  return hub(host) === hub(registry);
}
