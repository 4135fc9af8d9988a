import type { AttributePath } from '../../protocol/diagnostics';
import { DiagnosticError } from '../../protocol/diagnostics';
import { type DockerEngine, EngineError, type ImageInfo, type ImageWork } from '../engine';

/** The image `name`, pulled unless the Engine has it. @throws DiagnosticError if it cannot be had, placed at `path` */
export async function ensureImage(
  engine: DockerEngine,
  name: string,
  work: ImageWork & { platform?: string },
  path: AttributePath,
): Promise<ImageInfo> {
  const local = await engine.inspectImage(name);
  if (local) return local;
  if (name.startsWith('sha256:')) {
    throw new DiagnosticError(
      `The Engine has no image ${name}`,
      'An image given by its ID must be there; it cannot be pulled.',
      path,
    );
  }
  try {
    await engine.pullImage(withTag(name), work);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DiagnosticError(
      `Cannot pull image "${name}"`,
      `The Engine does not have it, and pulling it failed: ${error.message}\nCheck the name; where no registry can be reached, build the image or load it into the Engine first.`,
      path,
    );
  }
  const pulled = await engine.inspectImage(name);
  if (!pulled) throw new DiagnosticError(`The Engine has no image "${name}" after pulling it`, undefined, path);
  return pulled;
}

/** Without a tag the Engine would pull every one there is. */
function withTag(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? name : `${name}:latest`;
}
