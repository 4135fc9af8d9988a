import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';

const Manifest = z.array(
  z.looseObject({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }),
);
const Config = z.looseObject({ rootfs: z.looseObject({ diff_ids: z.array(z.string()) }) });

interface Layer {
  /** Hash of the uncompressed layer: `sha256:…`. */
  diffId: string;
  file: string;
  sizeBytes: number;
}

/** An image as `docker save` gives it, taken apart into files so that any part of it can be sent again. */
export class ImageArchive {
  private constructor(
    private readonly folder: string,
    private readonly config: Buffer,
    private readonly configName: string,
    readonly layers: readonly Layer[],
  ) {}

  /** Reads a stream of `docker save` for one image, of any of its layouts, into a temporary folder. @throws Error when it holds no image */
  static async read(saved: Readable): Promise<ImageArchive> {
    const folder = await mkdtemp(join(tmpdir(), 'orlop-image-'));
    try {
      const files = new Map<string, { file: string; sizeBytes: number }>();
      const links = new Map<string, string>();
      const unpack = extract();
      const writing = pipeline(saved, unpack);
      for await (const entry of unpack) {
        const { name, type, size = 0, linkname } = entry.header;
        const path = posix.normalize(name);
        if (type === 'symlink' && linkname) links.set(path, posix.join(posix.dirname(path), linkname));
        else if (type === 'link' && linkname) links.set(path, posix.normalize(linkname));
        if (type === 'file') {
          // Numbered, not named as in the archive: a name may lead out of the folder.
          const file = join(folder, String(files.size));
          files.set(path, { file, sizeBytes: size });
          await pipeline(entry, createWriteStream(file));
        } else entry.resume();
      }
      await writing;
      return await ImageArchive.assemble(folder, (path) => files.get(links.get(path) ?? path));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private static async assemble(
    folder: string,
    find: (path: string) => { file: string; sizeBytes: number } | undefined,
  ): Promise<ImageArchive> {
    const need = (path: string) => {
      const found = find(posix.normalize(path));
      if (!found) throw new Error(`the image archive lacks ${path}`);
      return found;
    };
    const manifest = Manifest.parse(JSON.parse(await readFile(need('manifest.json').file, 'utf8')));
    const [image] = manifest;
    if (!image || manifest.length > 1)
      throw new Error(`the image archive holds ${manifest.length} images instead of one`);
    const config = await readFile(need(image.Config).file);
    const diffIds = Config.parse(JSON.parse(config.toString('utf8'))).rootfs.diff_ids;
    if (diffIds.length !== image.Layers.length) throw new Error('the image archive lacks layers of its image');
    const layers = image.Layers.map((path, index) => ({ diffId: diffIds[index] as string, ...need(path) }));
    return new ImageArchive(folder, config, posix.basename(image.Config).replace(/\.json$/, ''), layers);
  }

  /** How many of the first layers a host has that has images with these layer lists: layers can only be shared from the bottom. */
  presentLayers(hostImages: readonly (readonly string[])[]): number {
    return Math.max(
      0,
      ...hostImages.map((list) =>
        commonStart(
          this.layers.map((layer) => layer.diffId),
          list,
        ),
      ),
    );
  }

  /** Bytes of the layers from this one on. */
  sizeFrom(firstLayer: number): number {
    return this.layers.slice(firstLayer).reduce((sum, layer) => sum + layer.sizeBytes, 0);
  }

  /**
   * A stream for `docker load` with the layers from `firstLayer` on. An engine reads the file of a layer only if it does
   * not have the layer (Docker 20.10, classic image store), so those before need none.
   */
  toLoad(name: string, firstLayer: number): Readable {
    const archive = pack();
    const paths = this.layers.map((_layer, index) => `layer-${index}.tar`);
    const manifest = [{ Config: `${this.configName}.json`, RepoTags: [name], Layers: paths }];
    const write = async () => {
      archive.entry({ name: `${this.configName}.json` }, this.config);
      for (const [index, layer] of this.layers.entries()) {
        if (index < firstLayer) continue;
        const entry = archive.entry({ name: paths[index] as string, size: layer.sizeBytes });
        await pipeline(createReadStream(layer.file), entry);
      }
      archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
      archive.finalize();
    };
    const out = new PassThrough();
    // An error of either ends the other; whoever reads `out` sees it.
    pipeline(archive, out).catch((error: Error) => out.destroy(error));
    write().catch((error: Error) => archive.destroy(error));
    return out;
  }

  /** Removes the temporary files. */
  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
