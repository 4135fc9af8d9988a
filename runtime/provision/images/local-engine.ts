import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';

/** What is wanted of the operator's Docker Engine. */
export interface ImageSource {
  /** The image as `docker save` gives it. @throws Error naming the image when the engine lacks it */
  save(imageId: string): Promise<Readable>;
}

/** The operator's Docker Engine: DOCKER_HOST, else the socket of Docker, Docker Desktop, Colima or rootless Docker. */
export class LocalEngine implements ImageSource {
  async save(imageId: string): Promise<Readable> {
    const docker = process.env.DOCKER_HOST ? new Docker() : new Docker({ socketPath: localSocket() });
    try {
      const image = docker.getImage(imageId);
      // Engines answer a wish for an unknown id's archive with status 500; asked for the image itself, with 404.
      await image.inspect();
      return (await image.get()) as Readable;
    } catch (error) {
      const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
      if (statusCode === 404) {
        throw new Error(`the Docker Engine of this machine has no image ${imageId}; build it again and retry`, {
          cause: error,
        });
      }
      const where = process.env.DOCKER_HOST ?? localSocket();
      throw new Error(
        `the Docker Engine of this machine (${where}) could not give image ${imageId}: ${code ?? message}. ` +
          'Start Docker, or set DOCKER_HOST.',
        { cause: error },
      );
    }
  }
}

function localSocket(): string {
  const usual = '/var/run/docker.sock';
  const others = [
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.colima/default/docker.sock'),
    join(process.env.XDG_RUNTIME_DIR ?? '/nonexistent', 'docker.sock'),
  ];
  return [usual, ...others].find((path) => existsSync(path)) ?? usual;
}
