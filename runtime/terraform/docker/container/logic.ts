import { type Clock, systemClock } from '../../../util/clock';
import { DiagnosticError } from '../../protocol/diagnostics';
import type {
  Context,
  CreateContext,
  DeleteContext,
  ReadContext,
  ResourceLogic,
  UpdateContext,
} from '../../protocol/resource';
import { type ContainerInfo, EngineError } from '../engine';
import { ensureImage } from '../image/ensure-image';
import { knownOf } from '../known';
import { type DockerProvider, ownerLabel, ownerMark } from '../ownership';
import type { containerSchema } from '../schema/container';
import { type ContainerState, createBody, resources } from './create-body';
import { importedState } from './import';
import { isRunning, refreshedState, settledState } from './observe';
import { planContainer } from './plan';
import { startContainer } from './start';
import { uploadTar } from './upload';
import { validateContainer } from './validate';

type Attributes = typeof containerSchema.attributes;
type Create = CreateContext<Attributes, DockerProvider>;

/** docker_container over a Docker Engine. */
export function containerLogic(clock: Clock = systemClock): ResourceLogic<Attributes, DockerProvider> {
  return {
    validate: validateContainer,
    plan: planContainer,
    create: (context) => create(context, clock),
    read,
    update: (context) => update(context, clock),
    delete: (context) => remove(context, clock),
    import: importContainer,
  };
}

async function create(context: Create, clock: Clock): Promise<ContainerState> {
  const { provider, signal, progress } = context;
  const { engine } = provider;
  const planned = knownOf<ContainerState>(context.planned);
  await ensureImage(engine, planned.image, { signal, progress }, ['image']);
  const id = await createUnstarted(provider, planned);
  // Whatever fails from here on leaves nothing behind that a second try would trip over.
  try {
    await connectNetworks(provider, id, planned);
    const uploads = planned.upload ?? [];
    if (uploads.length > 0) await engine.uploadTar(id, await uploadTar(uploads));
    const info = planned.start
      ? await startContainer(id, planned, { engine, clock, signal, progress })
      : await engine.inspectContainer(id);
    if (!info)
      throw new DiagnosticError(`Container "${planned.name}" is gone`, 'It was removed while it was being made.');
    return settledState(context.planned, info);
  } catch (error) {
    await engine.removeContainer(id, { volumes: true }).catch(() => {});
    throw error;
  }
}

/** Makes the container, in place of one that an interrupted run of the same stack left behind. */
async function createUnstarted(provider: DockerProvider, planned: ContainerState): Promise<string> {
  const { engine, owner, made } = provider;
  const body = createBody(planned);
  const mark = ownerMark(owner, body);
  const marked = { ...body, Labels: { ...body.Labels, [ownerLabel]: mark } };
  const attempt = async () => {
    const id = await engine.createContainer(planned.name, marked);
    made.add(id);
    return id;
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const existing = error.status === 409 ? await engine.inspectContainer(planned.name) : undefined;
    if (existing && existing.Config.Labels?.[ownerLabel] === mark && !made.has(existing.Id)) {
      await engine.removeContainer(existing.Id, { volumes: true });
      return await attempt();
    }
    if (existing) {
      throw new DiagnosticError(
        `A container named "${planned.name}" exists already`,
        `It was not made by this stack (its ID is ${existing.Id.slice(0, 12)}). Remove it, choose another name, or bring it under Terraform with: terraform import <address> ${existing.Id}`,
        ['name'],
      );
    }
    throw new DiagnosticError(`Cannot create container "${planned.name}"`, `The Engine says: ${error.message}`);
  }
}

async function connectNetworks({ engine }: DockerProvider, id: string, planned: ContainerState): Promise<void> {
  const networks = planned.networks_advanced ?? [];
  if (networks.length === 0) return;
  await engine.disconnectNetwork('bridge', id).catch((error: unknown) => {
    if (!/is not connected to (the )?network/.test(String(error))) throw error;
  });
  for (const network of networks) {
    try {
      await engine.connectNetwork(network.name, id, {
        Aliases: network.aliases ?? [],
        IPAMConfig: {
          ...(network.ipv4_address && { IPv4Address: network.ipv4_address }),
          ...(network.ipv6_address && { IPv6Address: network.ipv6_address }),
        },
      });
    } catch (error) {
      throw new DiagnosticError(
        `Cannot connect container "${planned.name}" to network "${network.name}"`,
        `The Engine says: ${error instanceof Error ? error.message : String(error)}`,
        ['networks_advanced'],
      );
    }
  }
}

async function read({ provider, state }: ReadContext<Attributes, DockerProvider>): Promise<ContainerState | null> {
  const info = await provider?.engine.inspectContainer(state.id ?? state.name);
  return info ? refreshedState(state, info) : null;
}

async function update(context: UpdateContext<Attributes, DockerProvider>, clock: Clock): Promise<ContainerState> {
  const { provider, prior, signal, progress } = context;
  const { engine } = provider;
  const id = prior.id ?? prior.name;
  const planned = knownOf<ContainerState>(context.planned);
  const changes = updateBody(prior, planned);
  if (Object.keys(changes).length > 0) await engine.updateContainer(id, changes);
  let info = await engine.inspectContainer(id);
  if (!info)
    throw new DiagnosticError(
      `Container "${planned.name}" is gone`,
      'It was removed since it was planned. Apply again.',
    );
  const toStart = planned.start && (planned.must_run || !prior.start) && !isRunning(info);
  if (toStart) info = await startContainer(id, planned, { engine, clock, signal, progress });
  return settledState(context.planned, info);
}

/** What `POST /containers/{id}/update` gets: only what changed, since the Engine checks what it is sent. */
function updateBody(prior: ContainerState, planned: ContainerState): Record<string, unknown> {
  const changed = (...names: (keyof ContainerState)[]) => names.some((name) => prior[name] !== planned[name]);
  const limits = resources(planned);
  return {
    ...(changed('restart', 'max_retry_count') && {
      RestartPolicy: { Name: planned.restart, MaximumRetryCount: planned.max_retry_count ?? 0 },
    }),
    ...(changed('memory', 'memory_swap') && {
      Memory: limits.Memory,
      // The Engine gave it twice the memory; without the same again a raised limit would not fit under the old.
      MemorySwap: limits.MemorySwap ?? (limits.Memory === undefined ? undefined : 2 * limits.Memory),
    }),
    // 1024 is the share of a container that none was asked for.
    ...(changed('cpu_shares') && { CpuShares: limits.CpuShares ?? 1024 }),
    ...(changed('cpu_set') && { CpusetCpus: limits.CpusetCpus }),
    ...(changed('cpu_period', 'cpu_quota') && { CpuPeriod: limits.CpuPeriod, CpuQuota: limits.CpuQuota }),
  };
}

async function remove(context: DeleteContext<Attributes, DockerProvider>, clock: Clock): Promise<void> {
  const { provider, prior, signal } = context;
  const { engine } = provider;
  const id = prior.id ?? prior.name;
  await engine.stopContainer(id, Number(prior.destroy_grace_seconds ?? 0));
  await engine.removeContainer(id, { volumes: prior.remove_volumes }).catch((error: unknown) => {
    // With rm the Engine removes it by itself once it has stopped.
    if (!/already in progress/.test(String(error))) throw error;
  });
  for (let waited = 0; waited < 100 && (await engine.inspectContainer(id)); waited++) await clock.sleep(100, signal);
}

async function importContainer(id: string, { provider }: Context<DockerProvider>): Promise<ContainerState> {
  const info: ContainerInfo | undefined = await provider?.engine.inspectContainer(id);
  if (!info) throw new DiagnosticError(`There is no container "${id}"`, "Give a container's ID or name.");
  return importedState(info, await provider?.engine.inspectImage(info.Image));
}
