import { Transform } from 'node:stream';
import type { Connection } from '../connection';
import { EngineHttp } from '../engine-http';
import type { ImageArchive } from './archive';

export interface CarryOptions {
  /** @default /var/run/docker.sock */
  socketPath?: string;
  onProgress?: (sentBytes: number, totalBytes: number) => void;
}

interface InspectedImage {
  Id: string;
  RepoTags?: string[] | null;
  RootFS?: { Layers?: string[] };
}

/** An image on a host, by name: its id as that host's engine has it, or undefined where it has none of this name. */
export async function imageOnHost(
  connection: Connection,
  name: string,
  options: CarryOptions = {},
): Promise<{ id: string; layers: string[] } | undefined> {
  const image = await inspect(engineOf(connection, options), name);
  return image && { id: image.Id, layers: image.RootFS?.Layers ?? [] };
}

/**
 * Puts an image on a host under a name, over the host's SSH connection: only the layers that no image of the host has.
 * @returns the image's id on the host
 * @throws Error when the host's engine does not end up with the very layers of the archive
 */
export async function carryImage(
  connection: Connection,
  archive: ImageArchive,
  name: string,
  options: CarryOptions = {},
): Promise<string> {
  const engine = engineOf(connection, options);
  const wanted = archive.layers.map((layer) => layer.diffId);
  const present = archive.presentLayers(await layersOfHost(engine));
  try {
    await load(engine, archive, name, present, options.onProgress);
  } catch (error) {
    // An engine with another image store may want every layer's file, or its owner has removed an image meanwhile.
    if (present === 0) throw error;
    await load(engine, archive, name, 0, options.onProgress);
  }
  const image = await inspect(engine, name);
  const got = image?.RootFS?.Layers ?? [];
  if (!image || JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`image ${name} did not arrive whole: its layers on the host are ${JSON.stringify(got)}; run again`);
  }
  return image.Id;
}

/** Removes a name, and the image where it was the last and no container uses it. What is absent or used is left. */
export async function removeImage(connection: Connection, name: string, options: CarryOptions = {}): Promise<void> {
  const path = `/images/${encodeURIComponent(name)}`;
  await engineOf(connection, options).json('DELETE', path, { accept: [404, 409] });
}

function engineOf(connection: Connection, options: CarryOptions): EngineHttp {
  return new EngineHttp(() => connection.forward({ socketPath: options.socketPath ?? '/var/run/docker.sock' }));
}

async function inspect(engine: EngineHttp, name: string): Promise<InspectedImage | undefined> {
  const image = await engine.json<InspectedImage>('GET', `/images/${encodeURIComponent(name)}/json`, { accept: [404] });
  return image?.Id ? image : undefined;
}

/** The layer list of every image of the host. */
async function layersOfHost(engine: EngineHttp): Promise<string[][]> {
  const images = await engine.json<Array<{ Id: string }>>('GET', '/images/json');
  const inspected = await Promise.all(images.map(({ Id }) => inspect(engine, Id)));
  return inspected.flatMap((image) => (image?.RootFS?.Layers ? [image.RootFS.Layers] : []));
}

async function load(
  engine: EngineHttp,
  archive: ImageArchive,
  name: string,
  firstLayer: number,
  onProgress: CarryOptions['onProgress'],
): Promise<void> {
  const total = archive.sizeFrom(firstLayer);
  let sent = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      sent += chunk.length;
      onProgress?.(Math.min(sent, total), total);
      next(null, chunk);
    },
  });
  const source = archive.toLoad(name, firstLayer);
  source.on('error', (error) => meter.destroy(error));
  await engine.post('/images/load?quiet=1', source.pipe(meter));
}
