import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type AgentConfigSchema, hostPaths, hostRoot, type ServerConfigSchema } from '../config/config';
import { type Clock, systemClock } from '../util/clock';
import type { Connection } from './connection';
import { type HostFacts, hostFacts } from './host-facts';
import { withHostLock } from './host-lock';
import { mustRun } from './host-run';
import { packagesOf } from './host-tools';
import { installTools } from './install-tools';
import { type NodeTarball, type NodeTarballOptions, nodeTarball } from './node-tarball';
import { preflight } from './preflight';
import type { RuntimeBundle } from './runtime-bundle';
import { activateRuntime, planUpload, pruneRuntimes, uploadRuntime } from './runtime-upload';
import { runScript, superviseScript } from './services/scripts';
import { type ServiceManager, type ServiceName, serviceNames } from './services/service-manager';
import { Supervisor } from './services/supervisor';
import { Systemd } from './services/systemd';

export interface InstallRequest {
  bundle: RuntimeBundle;
  /** Present where the host runs the control plane. */
  server?: z.input<typeof ServerConfigSchema>;
  agent?: z.input<typeof AgentConfigSchema>;
  /**
   * Called when the server (where there is one) has been started, to wait until it answers.
   */
  serverReady?: (connection: Connection) => Promise<void>;
  /** A fresh join token; called only when the agent has no valid certificate of this cluster. */
  joinToken?: () => Promise<string>;
  /** Hash of the cluster's CA, as in the join token: an agent of another cluster is made to join anew. */
  clusterCa?: () => Promise<string>;
}

export interface InstallOptions {
  /** Names the host in messages: `root@host:22`. */
  target: string;
  /** @default /var/lib/orlop */
  root?: string;
  clock?: Clock;
  onProgress?: (event: InstallProgress) => void;
  /** Called before each step with its name; a test kills the run there. */
  onStep?: (step: string) => void;
  node?: NodeTarballOptions;
  /** Who installs, for the message to another run. */
  holder?: string;
  /** Milliseconds to wait for the Docker Engine of a host that is starting. @default 30000 */
  dockerWaitMs?: number;
}

export interface InstallProgress {
  step: string;
  bytes?: number;
  totalBytes?: number;
}

export interface InstallResult {
  version: string;
  facts: HostFacts;
  /** The services that were started anew. Containers are never touched. */
  restarted: ServiceName[];
}

/** What runs on a host now, as far as it differs from what is wanted. */
export interface Drift {
  version: boolean;
  configs: string[];
}

/** The service manager of a host. */
export function serviceManagerFor(
  connection: Connection,
  facts: Pick<HostFacts, 'systemd'>,
  root: string,
): ServiceManager {
  // Units are system-wide; a root folder of a test's own must not become one.
  const systemd = facts.systemd && root === hostRoot;
  return systemd ? new Systemd(connection, root) : new Supervisor(connection, hostPaths(root).services);
}

/** The text of a configuration file; its keys in a fixed order, so that the same configuration is the same text. */
export function configText(config: object): string {
  const ordered = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(ordered)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([, each]) => each !== undefined)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, each]) => [key, ordered(each)]),
          )
        : value;
  return `${JSON.stringify(ordered(config), null, 2)}\n`;
}

/** Where a host is not as wanted. */
export function driftOf(
  facts: HostFacts,
  request: Pick<InstallRequest, 'server' | 'agent'> & { version: string },
): Drift {
  const wanted = { 'server.json': request.server, 'agent.json': request.agent };
  const differs = ([name, config]: [string, object | undefined]) =>
    (config === undefined ? undefined : sha256(configText(config))) !== facts.configs[name];
  return {
    version: facts.currentVersion !== request.version,
    configs: Object.entries(wanted)
      .filter(differs)
      .map(([name]) => name),
  };
}

/**
 * Makes a host run the runtime: looks at it, refuses before anything is changed what cannot work, uploads what is
 * missing, and restarts only what changed. Each step finds out by itself whether it is done, so that a run killed
 * anywhere is finished by the next one; a lock on the host keeps two runs apart.
 * @throws PreflightError, ConnectionError
 */
export async function install(
  connection: Connection,
  request: InstallRequest,
  options: InstallOptions,
): Promise<InstallResult> {
  const root = options.root ?? hostRoot;
  const clock = options.clock ?? systemClock;
  const step = (name: string) => {
    options.onStep?.(name);
    options.onProgress?.({ step: name });
  };
  step('look at the host');
  let facts = await factsWithDocker(connection, root, clock, options);
  const early = preflight(facts, options.target, 0);
  if (early || !facts.arch) throw early;
  if (facts.packageManager && facts.missingTools.length > 0) {
    step(`install packages: ${packagesOf(facts.missingTools).join(', ')}`);
    await installTools(connection, facts.missingTools, options.target);
  }
  step('find Node.js');
  const node = await nodeTarball(request.bundle.manifest.node.packages[facts.arch], options.node);
  const plan = planUpload(request.bundle, facts.arch, node, facts);
  const refused = preflight(facts, options.target, plan.neededBytes);
  if (refused) throw refused;

  const { version } = request.bundle;
  const holder = options.holder ?? `process ${process.pid}`;
  step('lock the host');
  return withHostLock(connection, `${root}/.lock`, { clock, holder }, async () => {
    // Another run may have finished in between.
    facts = await hostFacts(connection, root);
    const before = facts.currentVersion;
    if (!facts.versions.includes(version)) {
      step('upload the runtime');
      await uploadMissing(connection, root, request.bundle, node, facts, options);
    }
    const manager = serviceManagerFor(connection, facts, root);
    const run = new Activation(connection, root, manager, version, step);
    await run.activate();
    const restarted: ServiceName[] = [];
    if (request.server) {
      if (await run.service('orlop-server', request.server)) restarted.push('orlop-server');
      step('wait for the server');
      await request.serverReady?.(connection);
    } else await run.removeService('orlop-server');
    if (request.agent) {
      await run.join(request);
      if (await run.service('orlop-agent', request.agent)) restarted.push('orlop-agent');
    }
    step('remove old runtimes');
    await pruneRuntimes(connection, root, [version, before === version ? undefined : before]);
    return { version, facts, restarted };
  });
}

async function factsWithDocker(
  connection: Connection,
  root: string,
  clock: Clock,
  options: InstallOptions,
): Promise<HostFacts> {
  const deadline = clock.monotonic() + (options.dockerWaitMs ?? 30_000);
  for (;;) {
    const facts = await hostFacts(connection, root);
    if (!facts.docker.installed || facts.docker.running || clock.monotonic() >= deadline) return facts;
    options.onProgress?.({ step: 'wait for Docker' });
    await clock.sleep(300);
  }
}

async function uploadMissing(
  connection: Connection,
  root: string,
  bundle: RuntimeBundle,
  node: NodeTarball,
  facts: HostFacts,
  options: InstallOptions,
): Promise<void> {
  if (!facts.arch) return;
  const plan = planUpload(bundle, facts.arch, node, facts);
  await uploadRuntime(connection, root, bundle, node, plan, (bytes, totalBytes) =>
    options.onProgress?.({ step: 'upload the runtime', bytes, totalBytes }),
  );
}

/** Exit code 1 when the node's client certificate has expired, or is about to: then it must join again. */
const expiryCheck = `
const { client } = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
const left = Date.parse(new (require('crypto').X509Certificate)(client.cert).validTo) - Date.now();
process.exit(left > 60000 ? 0 : 1);`;

/** The steps after the runtime is on the host: each does nothing where its work is done. */
class Activation {
  private readonly paths: ReturnType<typeof hostPaths>;

  constructor(
    private readonly connection: Connection,
    root: string,
    private readonly manager: ServiceManager,
    private readonly version: string,
    private readonly step: (name: string) => void,
  ) {
    this.paths = hostPaths(root);
  }

  async activate(): Promise<void> {
    this.step('switch to the runtime');
    await activateRuntime(this.connection, this.paths.root, this.version);
  }

  /** Configuration, scripts, and a start where any of these or the version is new or nothing runs. Says whether it started. */
  async service(name: ServiceName, config: object): Promise<boolean> {
    const file = name === 'orlop-server' ? this.paths.serverConfig : this.paths.agentConfig;
    const text = configText(config);
    const folder = `${this.paths.services}/${name}`;
    const run = runScript(name);
    const identity = sha256([this.version, text, run, superviseScript].join('\0'));
    const started = await this.connection.run(['cat', '--', `${folder}/started`]);
    if (started.stdout.trim() === identity && (await this.manager.running(name))) return false;
    this.step(`configure ${name}`);
    await this.connection.upload(text, file, { mode: 0o600 });
    await this.connection.upload(run, `${folder}/run`, { mode: 0o755 });
    await this.manager.install(name);
    this.step(`start ${name}`);
    await this.manager.restart(name);
    // Last: a run killed before this starts the service again.
    await this.connection.upload(`${identity}\n`, `${folder}/started`, { mode: 0o644 });
    return true;
  }

  /** Gives an agent that has not joined this cluster yet a token. */
  async join(request: InstallRequest): Promise<void> {
    const recorded = `${this.paths.config}/cluster-ca`;
    const wanted = await request.clusterCa?.();
    const known = (await this.connection.run(['cat', '--', recorded])).stdout.trim();
    if (wanted && known && known !== wanted) {
      this.step('leave the former cluster');
      await this.manager.remove('orlop-agent');
      const leftovers = [
        this.paths.agent,
        this.paths.joinToken,
        recorded,
        `${this.paths.services}/orlop-agent/started`,
      ];
      await mustRun(this.connection, ['rm', '-rf', '--', ...leftovers], 'removing the former membership');
    }
    // A token that waits there may have run out by now; a fresh one takes its place.
    if (request.joinToken && !(await this.hasValidCertificate())) {
      this.step('get a join token');
      await this.connection.upload(`${await request.joinToken()}\n`, this.paths.joinToken, { mode: 0o600 });
    }
    if (wanted && known !== wanted) await this.connection.upload(`${wanted}\n`, recorded, { mode: 0o644 });
  }

  /** Asked of the host, so that the node's private key stays there. */
  private async hasValidCertificate(): Promise<boolean> {
    const { agentHasCertificate } = await hostFacts(this.connection, this.paths.root);
    if (!agentHasCertificate) return false;
    const argv = [`${this.paths.current}/node`, '-e', expiryCheck, `${this.paths.agent}/identity.json`];
    return (await this.connection.run(argv, { timeoutMs: 30_000 })).code === 0;
  }

  async removeService(name: ServiceName): Promise<void> {
    const folder = `${this.paths.services}/${name}`;
    if ((await this.connection.run(['test', '-d', folder])).code !== 0) return;
    this.step(`remove ${name}`);
    await this.manager.remove(name);
    await mustRun(this.connection, ['rm', '-rf', '--', folder], `removing ${name}`);
  }
}

export { serviceNames };

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
