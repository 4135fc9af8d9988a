import { randomInt, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import type { ApiClient } from '../client/client';
import type { Controller } from '../client/controller';
import type { Policy } from '../config/audit-policy';
import type { Kind } from '../kube/kind';
import type { Resource } from '../kube/resource';
import { issueKeyPair } from '../pki/issue';
import type { KeyPair } from '../pki/pki';
import type { Store } from '../store/store';
import { type Clock, systemClock } from '../util/clock';
import { type Logger, silentLogger } from '../util/logger';
import { Shares } from '../util/shares';
import { admissionChain, type PluginSelection } from './admission';
import { Auditor, type AuditSink, noAudit } from './audit/auditor';
import { AuditedClient } from './audit/client';
import { defaultPolicy } from './audit/default-policy';
import { accessHooks, createAccess } from './auth/access';
import { signingController } from './auth/certificates/controller';
import { tokenSecretController } from './auth/tokens/secret-controller';
import { internalUser, mastersGroup } from './auth/user';
import { LiveCatalog } from './catalog/live-catalog';
import { Definitions } from './custom/definitions';
import { localApiServices } from './discovery/api-services';
import { Discovery } from './discovery/discovery';
import { OpenApiDocuments } from './discovery/openapi';
import { versionInfo } from './discovery/version';
import { danglingController } from './fairness/dangling';
import { Fairness } from './fairness/fairness';
import { definitionHooks } from './hooks/custom-resource-definition';
import { formatIpv4, parseIpRange } from './hooks/ip-range';
import { jobHooks } from './hooks/job';
import { namespaceHooks } from './hooks/namespace';
import { podHooks } from './hooks/pod';
import { ServiceHooks } from './hooks/service';
import { serviceAccountHooks } from './hooks/service-account';
import { Connections } from './http/connections';
import { Handler } from './http/handler';
import { type Limits, limitsOf } from './http/limits';
import { Listener, type ListenerOptions } from './http/listener';
import { type NodeConnectionListener, NodeConnections } from './http/node-connections';
import { OpenWatches } from './http/open-watches';
import { ResourceHandler } from './http/resource-handler';
import { SystemHandler } from './http/system-handler';
import { LocalApiClient } from './local-client';
import { MetricsSource } from './metrics/metrics-source';
import type { NodeEndpoint } from './proxy/node-address';
import { NodeProxy } from './proxy/node-proxy';
import type { ComputedResource } from './registry/computed-resource';
import type { KindHooks, RegistryContext } from './registry/context';
import { CachedLookups } from './registry/lookups';
import { QuotaCharges } from './registry/quota-charges';
import { createDefaults } from './upkeep/bootstrap';
import { reconcileDefaultRoles } from './upkeep/default-roles';
import { sweepEvents } from './upkeep/event-sweep';
import { Periodic } from './upkeep/periodic';
import { Cache } from './watch/cache';

export interface ApiServerOptions {
  store: Store;
  /** The kinds that are served. */
  kinds: readonly Kind[];
  /** The cluster's CA; the server's own certificates are issued by it and never stored. */
  ca: KeyPair;
  /** Names and addresses by which clients reach the server, beside the service's own and loopback. @default none */
  sans?: readonly string[];
  clock?: Clock;
  logger?: Logger;
  /** 0 ≤ random < 1. */
  random?(): number;
  uid?(): string;
  serviceCidr?: string;
  nodePortRange?: readonly [number, number];
  clusterDomain?: string;
  /** Port that the `kubernetes` Service leads to. @default 6443 */
  advertisePort?: number;
  /** What `/version` says of this build. @default 'orlop' */
  build?: string;
  /** Opens connections to agents. @default TCP to the node's address */
  dial?(endpoint: NodeEndpoint): Socket;
  /** Where requests are recorded, and which. @default no record; with a sink and no policy, the default policy's */
  audit?: { sink: AuditSink; policy?: Policy };
  /** Admission plug-ins beside those that are on by default, and without. @default those */
  admission?: PluginSelection;
  /** How much may be worked on at once, in seats of all priority levels together. @default 200 */
  seats?: number;
  /** What clients may have at once. @default for a process with 4096 files and 1 GiB */
  limits?: Limits;
  /** Keys of service-account tokens (PKCS#8, PEM): the first signs, all verify. @default one that is lost with the process */
  tokenKeys?: readonly string[];
  /** Told when the store was lost; the process should end. */
  onFailure?(error: unknown): void;
}

const certificateSeconds = 365 * 24 * 3600;
const renewMs = 24 * 3600_000;
const sweepMs = 60_000;
const compactMs = 300_000;
const closeMs = 5000;

/** The API over a store. Built without listening: in-process clients need no port. */
export class ApiServer {
  private listeners: Listener[] = [];

  private constructor(
    private readonly options: ApiServerOptions,
    private readonly context: RegistryContext,
    private readonly handler: Handler,
    private readonly watches: OpenWatches,
    private readonly nodes: NodeConnections,
    private readonly bounds: Pick<ListenerOptions, 'connections' | 'limits'>,
    private readonly periodic: Periodic,
    private readonly controllers: readonly Controller[],
    private readonly definitions: Definitions,
    private readonly certificates: Certificates,
    private readonly audit: Pick<Auditor, 'begin'>,
  ) {}

  /** Reads the store, makes what every cluster has, and serves in-process clients from then on. */
  static async create(options: ApiServerOptions): Promise<ApiServer> {
    const { store, kinds, ca } = options;
    const clock = options.clock ?? systemClock;
    const logger = options.logger ?? silentLogger;
    const random = options.random ?? (() => randomInt(2 ** 32) / 2 ** 32);
    const serviceRange = parseIpRange(options.serviceCidr ?? '10.43.0.0/16');
    const cache = await Cache.open(store, logger, (error) => options.onFailure?.(error));
    const catalog = new LiveCatalog(kinds, cache, logger);
    const serviceHooks = new ServiceHooks({
      store,
      random,
      serviceRange,
      nodePortRange: options.nodePortRange ?? [30000, 32767],
    });
    const uid = options.uid ?? randomUUID;
    const issuer = `https://kubernetes.default.svc.${options.clusterDomain ?? 'cluster.local'}`;
    const access = createAccess({ cache, clock, uid }, { tokenKeys: options.tokenKeys, issuer });
    const hooks: Record<string, KindHooks> = {
      ...accessHooks(access, clock),
      '/pods': podHooks,
      '/namespaces': namespaceHooks,
      'batch/jobs': jobHooks,
      '/services': serviceHooks,
      '/serviceaccounts': serviceAccountHooks(access.issuer),
      'apiextensions.k8s.io/customresourcedefinitions': definitionHooks(clock),
    };
    const context: RegistryContext = {
      store,
      cache,
      clock,
      logger,
      random,
      uid,
      lookups: new CachedLookups(cache),
      admission: admissionChain(options.admission),
      quotas: { charge: (write) => quotas.charge(write) },
      catalog,
      computed: ({ resource }) => computed[`${resource.group}/${resource.plural}`],
      hooks: (kind) => {
        const { group, plural } = kind.storage?.resource ?? kind.resource;
        return hooks[`${group}/${plural}`] ?? noHooks;
      },
    };
    const quotas = new QuotaCharges(context);
    await serviceHooks.repair(cache);
    await createDefaults(context, serviceRange, options.advertisePort ?? 6443);
    await reconcileDefaultRoles(context);

    const names = serverNames(options, formatIpv4(serviceRange.base + 1));
    const certificates = await Certificates.issue(ca, names, clock);
    const limits = options.limits ?? limitsOf({ openFiles: 4096, memoryBytes: 2 ** 30 });
    const connections = new Connections(limits);
    const shares = new Shares(limits.watches, Math.ceil(limits.watches / 4));
    const watches = new OpenWatches(clock, shares, limits.watchBytes);
    const proxy = new NodeProxy({
      context,
      clock,
      caCert: ca.cert,
      clientCertificate: () => certificates.client,
      dial: options.dial,
      sessions: new Shares(limits.sessions, Math.ceil(limits.sessions / 4)),
    });
    const metrics = new MetricsSource({ cache, clock, logger, ask: (node, path) => proxy.ask(node, path) });
    const computed: Record<string, ComputedResource | undefined> = {
      'metrics.k8s.io/nodes': metrics.nodes,
      'metrics.k8s.io/pods': metrics.pods,
      'apiregistration.k8s.io/apiservices': localApiServices(catalog),
    };
    const build = options.build ?? 'orlop';
    const system = new SystemHandler({
      context,
      discovery: new Discovery(catalog),
      openApi: new OpenApiDocuments(catalog, build),
      version: versionInfo(build),
      ca,
      serverNames: names,
      issuer: access.issuer,
      health: () => health(cache),
    });
    const resources = new ResourceHandler(context, watches, proxy, access.authorization);
    const audit = auditorOf(options, clock);
    const fairness = new Fairness({ cache, clock, seats: options.seats });
    const handler = new Handler({ logger, clock, ...access, resources, system, audit, fairness, connections });
    const periodic = new Periodic(clock, logger);
    const controllers = [
      signingController({ context, authorization: access.authorization, ca }),
      tokenSecretController({ context, issuer: access.issuer, caPem: ca.cert }),
      await danglingController(context),
    ];
    const definitions = new Definitions(context, kinds);
    const server = new ApiServer(
      options,
      context,
      handler,
      watches,
      new NodeConnections(),
      { connections, limits },
      periodic,
      controllers,
      definitions,
      certificates,
      audit,
    );
    definitions.start();
    server.startUpkeep();
    return server;
  }

  /** A client in this process, with the rights of the server itself. */
  client(fieldManager: string): ApiClient {
    const client = new LocalApiClient(this.context, { fieldManager });
    return this.audit === noAudit ? client : new AuditedClient(client, this.audit, internalUser, fieldManager);
  }

  /** What is served and can be listed, watched and deleted: each resource once, as it is stored. */
  get served(): {
    list(): readonly Resource[];
    onChange(listener: () => void): () => void;
    replicasPath(resource: Resource): string | undefined;
  } {
    const { catalog } = this.context;
    return {
      list: () => collectable(catalog.list()),
      onChange: (listener) => catalog.onChange(listener),
      replicasPath: ({ group, version, plural }) =>
        catalog.find(group, version, plural)?.subresources.scale?.specReplicas,
    };
  }

  /** Serves on a port; 0 takes any free one. */
  async listen(port: number, address: string): Promise<{ port: number }> {
    const listener = new Listener({
      caCert: this.options.ca.cert,
      serving: this.certificates.serving,
      handler: this.handler,
      nodes: this.nodes,
      ...this.bounds,
      clock: this.context.clock,
    });
    this.listeners.push(listener);
    return listener.listen(port, address);
  }

  /** Tells when the first connection of a node's agent opens and its last one closes. Returns what ends the telling. */
  onNodeConnection(listener: NodeConnectionListener): () => void {
    return this.nodes.listen(listener);
  }

  isNodeConnected(node: string): boolean {
    return this.nodes.isConnected(node);
  }

  /** Ends watches, lets other requests finish for up to five seconds, and lets go of the store (it stays open). */
  async close(): Promise<void> {
    await Promise.all([this.periodic.stop(), ...this.controllers.map((controller) => controller.stop())]);
    await this.definitions.stop();
    this.watches.endAll();
    const { clock } = this.context;
    await Promise.all(this.listeners.map((listener) => listener.close(clock.sleep(closeMs))));
    await this.context.cache.stop();
  }

  private startUpkeep(): void {
    const { store, cache } = this.context;
    for (const controller of this.controllers) controller.start();
    this.periodic.every(sweepMs, 'event sweep', () => sweepEvents(this.context));
    // Each run forgets what was old already at the run before, so that every version lives for at least one period.
    let seen = cache.revision;
    this.periodic.every(compactMs, 'compaction', async () => {
      await store.compact(seen);
      seen = cache.revision;
    });
    this.periodic.every(renewMs, 'certificates', async () => {
      await this.certificates.renew();
      for (const listener of this.listeners) listener.renew(this.certificates.serving);
    });
  }
}

/** One resource for all versions and groups under which the same objects are served. */
function collectable(kinds: readonly Kind[]): readonly Resource[] {
  const verbs = ['list', 'watch', 'delete'];
  const byPlace = new Map<string, Resource>();
  for (const { resource, storage, verbs: served } of kinds) {
    if (served && !verbs.every((verb) => served.includes(verb))) continue;
    const { group, plural } = storage?.resource ?? resource;
    const place = `${group}/${plural}`;
    // The version that is preferred comes first; of several groups, the one in which the objects are stored counts.
    if (!byPlace.has(place) || (resource.group === group && byPlace.get(place)?.group !== group))
      byPlace.set(place, resource);
  }
  return [...byPlace.values()];
}

const noHooks: KindHooks = {};

/** The server's own certificates, in memory only. */
class Certificates {
  private constructor(
    private readonly ca: KeyPair,
    private readonly names: readonly string[],
    private readonly clock: Clock,
    public serving: KeyPair,
    public client: KeyPair,
  ) {}

  static async issue(ca: KeyPair, names: readonly string[], clock: Clock): Promise<Certificates> {
    const blank = { key: '', cert: '' };
    const certificates = new Certificates(ca, names, clock, blank, blank);
    await certificates.renew();
    return certificates;
  }

  async renew(): Promise<void> {
    const now = this.clock.now();
    const validSeconds = certificateSeconds;
    this.serving = await issueKeyPair(
      this.ca,
      {
        commonName: 'orlop-apiserver',
        organizations: [],
        dnsNames: this.names.filter((name) => !isIP(name)),
        ipAddresses: this.names.filter((name) => isIP(name)),
        usages: ['server'],
        validSeconds,
      },
      now,
    );
    this.client = await issueKeyPair(
      this.ca,
      { commonName: 'system:apiserver', organizations: [mastersGroup], usages: ['client'], validSeconds },
      now,
    );
  }
}

function auditorOf({ audit }: ApiServerOptions, clock: Clock): Pick<Auditor, 'begin'> {
  return audit ? new Auditor({ policy: audit.policy ?? defaultPolicy, sink: audit.sink, clock }) : noAudit;
}

function serverNames(
  { sans = [], clusterDomain = 'cluster.local' }: ApiServerOptions,
  serviceAddress: string,
): string[] {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const all = [
    ...service,
    `kubernetes.default.svc.${clusterDomain}`,
    'localhost',
    '127.0.0.1',
    serviceAddress,
    ...sans,
  ];
  return [...new Set(all)];
}

async function health(cache: Cache): Promise<Map<string, string | undefined>> {
  const checks = new Map<string, string | undefined>([['ping', undefined]]);
  try {
    await cache.store.revision();
    checks.set('store', undefined);
  } catch (error) {
    checks.set('store', (error as Error).message);
  }
  checks.set('watch-cache', cache.failed ? 'it lost the store' : undefined);
  return checks;
}
