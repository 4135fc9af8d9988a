import { DiagnosticError } from '../../protocol/diagnostics';
import type {
  Context,
  CreateContext,
  PlanContext,
  ResourceLogic,
  State,
  ValidateContext,
} from '../../protocol/resource';
import { Unknown } from '../../protocol/value';
import { type DockerEngine, EngineError, type ImageInfo } from '../engine';
import { knownOf, parseDuration } from '../known';
import type { DockerProvider } from '../ownership';
import type { imageSchema } from '../schema/image';
import { refuseUnserved, type Unserved } from '../unserved';
import { buildContext } from './build-context';
import { ensureImage } from './ensure-image';

type Attributes = typeof imageSchema.attributes;
type ImageState = State<Attributes>;
type Build = NonNullable<ImageState['build']>[number];

const buildkit = 'images are built with the classic builder of the Engine.';
const unserved: readonly Unserved[] = [
  { path: ['build', 'secrets'], instead: buildkit },
  { path: ['build', 'builder'], instead: buildkit },
  { path: ['build', 'build_log_file'], instead: "the build's output is in Terraform's log (TF_LOG=info)." },
  { path: ['build', 'build_id'], instead: buildkit },
  { path: ['build', 'session_id'], instead: buildkit },
  { path: ['build', 'version'], instead: buildkit, allowed: ['', '1'] },
  { path: ['build', 'isolation'], instead: 'it builds on Linux, where there is only one isolation.' },
  { path: ['build', 'remote_context'], instead: 'the context is a folder on this machine.' },
  { path: ['build', 'security_opt'], instead: buildkit },
  {
    path: ['build', 'auth_config'],
    instead: 'base images are pulled without credentials, or are in the Engine already.',
  },
];

/** docker_image over a Docker Engine. */
export const imageLogic: ResourceLogic<Attributes, DockerProvider> = {
  validate: validateImage,
  plan: planImage,
  create,
  async read({ provider, state }) {
    const info = await provider?.engine.inspectImage(state.name);
    return info ? observed(state, info) : null;
  },
  async update({ planned, prior }) {
    const { id, image_id, repo_digest } = prior;
    return { ...knownOf<ImageState>(planned), id, image_id, repo_digest };
  },
  async delete({ provider, prior }) {
    if (prior.keep_locally) return;
    await provider.engine.removeImage(prior.name, { force: prior.force_remove ?? false }).catch((error: unknown) => {
      if (!(error instanceof EngineError) || error.status !== 409) throw error;
      throw new DiagnosticError(
        `Image "${prior.name}" is in use`,
        `The Engine says: ${error.message}\nRemove what uses it first, set force_remove = true, or keep it with keep_locally = true.`,
      );
    });
  },
};

function validateImage({ config, diagnostics }: ValidateContext<Attributes>): void {
  refuseUnserved('docker_image', unserved, config, diagnostics);
  const builds = Array.isArray(config.build) && config.build.length > 0;
  if (builds && Array.isArray(config.pull_triggers) && config.pull_triggers.length > 0) {
    diagnostics.error(
      'build and pull_triggers do not go together',
      'An image is either built or pulled. Use triggers for what should build it anew.',
      ['pull_triggers'],
    );
  }
}

/** Nothing computed changes in place: only what is done on destroy does. */
function planImage({ planned, prior }: PlanContext<Attributes, DockerProvider>): void {
  if (!prior) planned.image_id = Unknown;
}

async function create(context: CreateContext<Attributes, DockerProvider>): Promise<ImageState> {
  const { provider, progress } = context;
  const planned = knownOf<ImageState>(context.planned);
  const signal = withTimeout(context, planned.timeouts?.create ?? '20m');
  const build = planned.build?.[0];
  if (build) await buildImage(provider.engine, planned.name, build, { signal, progress });
  const platform = planned.platform || undefined;
  return observed(planned, await ensureImage(provider.engine, planned.name, { signal, progress, platform }, ['name']));
}

function withTimeout({ signal }: Context<DockerProvider>, duration: string): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, parseDuration(duration) / 1e6))]);
}

function observed(state: ImageState, info: ImageInfo): ImageState {
  const { name } = state;
  const repository = name.split('@')[0]?.replace(/:[^:/]+$/, '');
  const digest = (info.RepoDigests ?? []).find((each) => each.split('@')[0] === repository);
  // As kreuzwerker/docker writes it, so that a state serves either provider.
  return { ...state, id: info.Id + name, image_id: info.Id, repo_digest: digest ?? '' };
}

async function buildImage(
  engine: DockerEngine,
  name: string,
  build: Build,
  work: Pick<Context<DockerProvider>, 'signal' | 'progress'>,
): Promise<void> {
  const { stream, dockerfile } = await buildContext(build.context, build.dockerfile);
  try {
    await engine.buildImage(stream, { ...work, query: buildQuery(name, build, dockerfile) });
  } catch (error) {
    stream.destroy();
    if (!(error instanceof EngineError)) throw error;
    const why = work.signal.aborted ? 'It was interrupted, or took longer than timeouts.create. ' : '';
    throw new DiagnosticError(`Cannot build image "${name}"`, `${why}The builder's last output:\n${error.message}`, [
      'build',
    ]);
  }
}

/** What `POST /build` gets in its query. */
function buildQuery(name: string, build: Build, dockerfile: string): Record<string, unknown> {
  const query: Record<string, unknown> = {
    t: [name, ...(build.tag ?? [])],
    dockerfile,
    version: '1',
    rm: build.remove,
    forcerm: build.force_remove,
    nocache: build.no_cache,
    pull: build.pull_parent ? 'true' : undefined,
    q: build.suppress_output,
    squash: build.squash,
    target: build.target,
    platform: build.platform,
    networkmode: build.network_mode,
    shmsize: build.shm_size,
    memory: build.memory,
    memswap: build.memory_swap,
    cpushares: build.cpu_shares,
    cpuperiod: build.cpu_period,
    cpuquota: build.cpu_quota,
    cpusetcpus: build.cpu_set_cpus,
    cpusetmems: build.cpu_set_mems,
    cgroupparent: build.cgroup_parent,
    extrahosts: build.extra_hosts?.join(','),
    buildargs: build.build_args,
    labels: build.labels || build.label ? { ...build.label, ...build.labels } : undefined,
    cachefrom: build.cache_from,
    ulimits: build.ulimit?.length
      ? build.ulimit.map(({ name: of, soft, hard }) => ({ Name: of, Soft: soft, Hard: hard }))
      : undefined,
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
}
