import type { Connection } from '../../../provision/connection';
import { ConnectionError } from '../../../provision/connection';
import { ImageArchive } from '../../../provision/images/archive';
import { carryImage, imageOnHost, removeImage } from '../../../provision/images/carry';
import { LocalEngine } from '../../../provision/images/local-engine';
import type { CreateContext, PrivateData, ResourceLogic, State } from '../../protocol/resource';
import type { imageSchema } from '../schema/image';
import { joinedHostMs, type OrlopSession } from '../session';

type Attributes = typeof imageSchema.attributes;
type ImageState = State<Attributes>;

/** An image carried to nodes. What a node has already is not sent again. */
export const imageLogic: ResourceLogic<Attributes, OrlopSession> = {
  validate({ config, diagnostics }) {
    const { image_id: id } = config;
    if (typeof id === 'string' && !/^sha256:[0-9a-f]{64}/.test(id)) {
      diagnostics.error(
        'The image id is no id',
        `image_id is ${JSON.stringify(id)}; it must start with sha256: and 64 hexadecimal digits, as docker_image's image_id does.`,
        ['image_id'],
      );
    }
  },

  create: (context) => carryToAll(context, context.planned as ImageState),

  async update(context) {
    const planned = context.planned as ImageState;
    const state = await carryToAll(context, planned);
    const { prior } = context;
    const gone = Object.entries(prior.nodes).filter(([name]) => !(name in planned.nodes));
    await removeFrom(context.provider, Object.fromEntries(gone), prior.name);
    return state;
  },

  async read({ state, provider, diagnostics, private: cursor }) {
    if (!provider) return state;
    const carried = carriedIds(cursor);
    const present = await Promise.all(
      Object.entries(state.nodes).map(async ([node, target]) => {
        try {
          const image = await imageOnHost(await provider.connect(target), state.name);
          const wanted = carried[node] ?? bareId(state.image_id);
          return image?.id === wanted ? [[node, target] as const] : [];
        } catch (error) {
          if (!(error instanceof ConnectionError) || error.code === 'host-key-mismatch') throw error;
          diagnostics.warning(`Node ${node} could not be asked for image ${state.name}`, error.message, [
            'nodes',
            node,
          ]);
          return [[node, target] as const];
        }
      }),
    );
    return { ...state, nodes: Object.fromEntries(present.flat()) };
  },

  async delete({ prior, provider }) {
    await removeFrom(provider, prior.nodes, prior.name);
  },
};

/** The id without the name that docker_image writes behind it. */
function bareId(id: string): string {
  return id.slice(0, 'sha256:'.length + 64);
}

async function carryToAll(context: CreateContext<Attributes, OrlopSession>, planned: ImageState): Promise<ImageState> {
  const { provider, signal, progress, private: cursor } = context;
  const { name } = planned;
  const id = bareId(planned.image_id);
  let saved: Promise<ImageArchive> | undefined;
  const archive = () => {
    saved ??= new LocalEngine().save(id).then((stream) => ImageArchive.read(stream));
    return saved;
  };
  const carried: Record<string, string> = {};
  try {
    const results = await Promise.allSettled(
      Object.entries(planned.nodes).map(async ([node, target]) => {
        const connection = await provider.connect(target, { retryForMs: joinedHostMs, signal });
        const there = await imageOnHost(connection, name);
        carried[node] = there?.id === id ? id : await carryOne(connection, await archive(), name, node, progress);
      }),
    );
    cursor.set({ carried });
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    if (failed.length > 0) throw new Error(failed.map((error) => error.message).join('\n'));
    return planned;
  } finally {
    await saved?.then(
      (each) => each.close(),
      () => undefined,
    );
  }
}

function carryOne(
  connection: Connection,
  archive: ImageArchive,
  name: string,
  node: string,
  progress: (message: string) => void,
): Promise<string> {
  let shown = -1;
  return carryImage(connection, archive, name, {
    onProgress(sent, total) {
      const percent = total ? Math.floor((sent * 10) / total) * 10 : 100;
      if (percent === shown) return;
      shown = percent;
      progress(`image ${name}: ${percent} % of ${Math.round(total / 1048576)} MiB to node ${node}`);
    },
  });
}

/** The id that each node's engine gave the image. */
function carriedIds(cursor: PrivateData): Record<string, string> {
  return (cursor.get() as { carried?: Record<string, string> } | undefined | null)?.carried ?? {};
}

/** Best effort: a node that is gone has nothing to clean, and an image in use stays for the agent to collect. */
async function removeFrom(session: OrlopSession, targets: ImageState['nodes'], name: string): Promise<void> {
  await Promise.allSettled(
    Object.values(targets).map(async (target) => removeImage(await session.connect(target), name)),
  );
}
