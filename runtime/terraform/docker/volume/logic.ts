import { type Clock, systemClock } from '../../../util/clock';
import { DiagnosticError } from '../../protocol/diagnostics';
import type { Context, CreateContext, DeleteContext, ResourceLogic, State } from '../../protocol/resource';
import { EngineError, type VolumeInfo } from '../engine';
import { knownOf, labelMap, labelSet } from '../known';
import type { DockerProvider } from '../ownership';
import type { volumeSchema } from '../schema/volume';
import { refuseUnserved } from '../unserved';

type Attributes = typeof volumeSchema.attributes;
type VolumeState = State<Attributes>;

const unserved = [{ path: ['id'], instead: "a volume's ID is its name." }];

/** How long containers that are going away may hold up a volume's removal. */
const removeMs = 30_000;
const removePollMs = 200;

/** docker_volume over a Docker Engine. A volume never changes: whatever is different means a new one. */
export function volumeLogic(clock: Clock = systemClock): ResourceLogic<Attributes, DockerProvider> {
  return {
    validate: ({ config, diagnostics }) => refuseUnserved('docker_volume', unserved, config, diagnostics),
    create,
    async read({ provider, state }) {
      const info = await provider?.engine.inspectVolume(state.id ?? state.name ?? '');
      return info ? { ...state, ...computedOf(info) } : null;
    },
    delete: (context) => remove(context, clock),
    import: importVolume,
  };
}

async function create({ provider, planned }: CreateContext<Attributes, DockerProvider>): Promise<VolumeState> {
  const { name, driver, driver_opts, labels, ...rest } = knownOf<VolumeState>(planned);
  try {
    // One of this name that exists already is taken over by the Engine, with what it holds.
    const info = await provider.engine.createVolume({
      ...(name && { Name: name }),
      ...(driver && { Driver: driver }),
      ...(driver_opts && { DriverOpts: driver_opts }),
      Labels: labelMap(labels),
    });
    return { ...rest, driver_opts, labels, ...computedOf(info) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new DiagnosticError(
      `Cannot create volume ${name ? `"${name}"` : ''}`.trim(),
      `The Engine says: ${error.message}`,
    );
  }
}

function computedOf(info: VolumeInfo) {
  return { id: info.Name, name: info.Name, driver: info.Driver, mountpoint: info.Mountpoint };
}

async function remove(context: DeleteContext<Attributes, DockerProvider>, clock: Clock): Promise<void> {
  const { provider, prior, signal, progress } = context;
  const deadline = clock.monotonic() + removeMs;
  for (;;) {
    try {
      await provider.engine.removeVolume(prior.id ?? prior.name ?? '');
      return;
    } catch (error) {
      const busy = error instanceof EngineError && error.status === 409;
      if (!busy) throw error;
      if (signal.aborted || clock.monotonic() >= deadline) {
        throw new DiagnosticError(
          `Volume "${prior.name}" is in use`,
          `A container that this stack does not know mounts it. Remove that container. The Engine says: ${error.message}`,
        );
      }
      progress(`volume ${prior.name}: waiting for the containers that mount it to go`);
      await clock.sleep(removePollMs, signal);
    }
  }
}

async function importVolume(id: string, { provider }: Context<DockerProvider>): Promise<VolumeState> {
  const info = await provider?.engine.inspectVolume(id);
  if (!info) throw new DiagnosticError(`There is no volume "${id}"`, "Give a volume's name.");
  return { ...computedOf(info), driver_opts: info.Options ?? null, labels: labelSet(info.Labels) };
}
