import { type Clock, systemClock } from '../../../util/clock';
import { DiagnosticError } from '../../protocol/diagnostics';
import type {
  Context,
  CreateContext,
  DeleteContext,
  Plan,
  PlanContext,
  ResourceLogic,
  State,
} from '../../protocol/resource';
import { equalValues, Unknown } from '../../protocol/value';
import { EngineError, type NetworkInfo } from '../engine';
import { knownOf, labelMap, labelSet } from '../known';
import { type DockerProvider, ownerLabel, ownerMark } from '../ownership';
import type { networkSchema } from '../schema/network';
import { refuseUnserved } from '../unserved';

type Attributes = typeof networkSchema.attributes;
export type NetworkState = State<Attributes>;

const unserved = [{ path: ['id'], instead: 'a network gets its ID from the Engine.' }];

/** How long containers that are going away may hold up a network's removal. */
const removeMs = 30_000;
const removePollMs = 200;

/** docker_network over a Docker Engine. A network never changes: whatever is to be different means a new one. */
export function networkLogic(clock: Clock = systemClock): ResourceLogic<Attributes, DockerProvider> {
  return {
    validate: ({ config, diagnostics }) => refuseUnserved('docker_network', unserved, config, diagnostics),
    plan: planNetwork,
    create,
    // Only for what stands in the state otherwise than in the configuration, after an import: the Engine changes nothing.
    async update({ planned, prior }) {
      const { id, driver, options, internal, scope } = prior;
      return { ...knownOf<NetworkState>(planned), id, driver, options, internal, scope };
    },
    async read({ provider, state }) {
      const info = await provider?.engine.inspectNetwork(state.id ?? state.name);
      return info ? { ...state, id: info.Id, name: info.Name, scope: info.Scope } : null;
    },
    delete: (context) => remove(context, clock),
    import: importNetwork,
  };
}

/** Address ranges need a new network only where what is configured of them is not what is there. */
function planNetwork({ prior, planned, requireReplace }: PlanContext<Attributes, DockerProvider>): void {
  const wanted = planned.ipam_config;
  if (!prior || (Array.isArray(wanted) && wanted.length === 0)) return;
  const there = (each: unknown) =>
    (prior.ipam_config ?? []).some((range) =>
      Object.entries(each as object).every(
        ([key, value]) => value === null || equalValues(value, range[key as 'subnet']),
      ),
    );
  if (!Array.isArray(wanted) || !wanted.every(there)) requireReplace(['ipam_config']);
}

async function create(context: CreateContext<Attributes, DockerProvider>): Promise<NetworkState> {
  const { engine, owner, made } = context.provider;
  const planned = knownOf<NetworkState>(context.planned);
  const body = createBody(planned);
  const mark = ownerMark(owner, body);
  let id: string;
  try {
    id = await engine.createNetwork({ ...body, Labels: { ...labelMap(planned.labels), [ownerLabel]: mark } });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const existing = error.status === 409 ? await engine.inspectNetwork(planned.name) : undefined;
    if (!existing)
      throw new DiagnosticError(`Cannot create network "${planned.name}"`, `The Engine says: ${error.message}`);
    // The same network of the same stack, made by a run that was killed before it could write its state.
    if (existing.Labels?.[ownerLabel] !== mark || made.has(existing.Id)) {
      throw new DiagnosticError(
        `A network named "${planned.name}" exists already`,
        `It was not made by this stack (its ID is ${existing.Id.slice(0, 12)}). Remove it, choose another name, or bring it under Terraform with: terraform import <address> ${existing.Id}`,
        ['name'],
      );
    }
    id = existing.Id;
  }
  made.add(id);
  const info = await engine.inspectNetwork(id);
  if (!info) throw new DiagnosticError(`Network "${planned.name}" is gone`, 'It was removed while it was being made.');
  return settled(context.planned, info);
}

function createBody(planned: NetworkState): Record<string, unknown> {
  const configs = planned.ipam_config ?? [];
  return {
    Name: planned.name,
    CheckDuplicate: true,
    Driver: planned.driver ?? undefined,
    Options: planned.options ?? undefined,
    Internal: planned.internal ?? undefined,
    Attachable: planned.attachable ?? undefined,
    Ingress: planned.ingress ?? undefined,
    EnableIPv6: planned.ipv6 ?? undefined,
    IPAM: {
      Driver: planned.ipam_driver,
      Options: planned.ipam_options ?? undefined,
      ...(configs.length > 0 && {
        Config: configs.map(({ subnet, ip_range, gateway, aux_address }) => ({
          ...(subnet && { Subnet: subnet }),
          ...(ip_range && { IPRange: ip_range }),
          ...(gateway && { Gateway: gateway }),
          ...(aux_address && { AuxiliaryAddresses: aux_address }),
        })),
      }),
    },
  };
}

function computedOf(info: NetworkInfo) {
  return {
    id: info.Id,
    driver: info.Driver,
    options: (info.Options ?? {}) as Record<string, string>,
    internal: info.Internal,
    scope: info.Scope,
  };
}

function settled(planned: Plan<Attributes>, info: NetworkInfo): NetworkState {
  const unknown = Object.entries(computedOf(info)).filter(
    ([name]) => planned[name as keyof typeof planned] === Unknown,
  );
  return { ...knownOf<NetworkState>(planned), ...Object.fromEntries(unknown) };
}

async function remove(context: DeleteContext<Attributes, DockerProvider>, clock: Clock): Promise<void> {
  const { provider, prior, signal, progress } = context;
  const deadline = clock.monotonic() + removeMs;
  for (;;) {
    try {
      await provider.engine.removeNetwork(prior.id ?? prior.name);
      return;
    } catch (error) {
      const busy = error instanceof EngineError && /has active endpoints/.test(error.message);
      if (!busy) throw error;
      if (signal.aborted || clock.monotonic() >= deadline) {
        throw new DiagnosticError(
          `Network "${prior.name}" is in use`,
          `Containers that this stack does not know are connected to it. Disconnect or remove them. The Engine says: ${error.message}`,
        );
      }
      progress(`network ${prior.name}: waiting for its containers to go`);
      await clock.sleep(removePollMs, signal);
    }
  }
}

async function importNetwork(id: string, { provider }: Context<DockerProvider>): Promise<NetworkState> {
  const info = await provider?.engine.inspectNetwork(id);
  if (!info) throw new DiagnosticError(`There is no network "${id}"`, "Give a network's ID or name.");
  const { [ownerLabel]: _, ...labels } = info.Labels ?? {};
  const options = info.IPAM?.Options ?? {};
  const configs = (info.IPAM?.Config ?? []) as Record<string, unknown>[];
  return {
    ...computedOf(info),
    name: info.Name,
    attachable: info.Attachable || null,
    ingress: info.Ingress || null,
    ipv6: info.EnableIPv6 || null,
    ipam_driver: info.IPAM?.Driver || 'default',
    ipam_options: Object.keys(options).length > 0 ? options : null,
    check_duplicate: null,
    labels: labelSet(labels),
    ipam_config: configs.map((each) => ({
      subnet: (each.Subnet as string) || null,
      ip_range: (each.IPRange as string) || null,
      gateway: (each.Gateway as string) || null,
      aux_address: (each.AuxiliaryAddresses as Record<string, string>) ?? null,
    })),
  };
}
