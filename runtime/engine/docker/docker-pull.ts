import { EngineError, type RegistryAuth } from '../engine';
import type { DockerApi } from './docker-api';
import { pullErrorOf } from './docker-errors';
import { lines } from './docker-events';

/** Pulls an image and waits for the end. @throws EngineError as ContainerEngine.pullImage says. */
export async function pullImage(
  api: DockerApi,
  image: string,
  auth: RegistryAuth | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const response = await api.stream({
      method: 'POST',
      path: '/images/create',
      query: pullQuery(image),
      headers: auth ? { 'X-Registry-Auth': encodeAuth(auth) } : {},
      signal,
    });
    for await (const line of lines(response)) {
      const progress = JSON.parse(line) as { error?: string };
      if (progress.error) throw pullErrorOf(image, progress.error);
    }
  } catch (error) {
    if (error instanceof EngineError && error.code !== 'unavailable' && !error.message.startsWith('pulling image'))
      throw pullErrorOf(image, error.message);
    throw error;
  }
}

/** Without a tag Docker would pull all of them. */
export function pullQuery(image: string): { fromImage: string; tag?: string } {
  if (image.includes('@')) return { fromImage: image };
  const colon = image.lastIndexOf(':');
  if (colon > image.lastIndexOf('/')) return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
  return { fromImage: image, tag: 'latest' };
}

function encodeAuth(auth: RegistryAuth): string {
  const body = { username: auth.username, password: auth.password, serveraddress: auth.serverAddress };
  return Buffer.from(JSON.stringify(body)).toString('base64url');
}
