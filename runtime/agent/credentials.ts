import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import type { AgentConfig } from '../config/config';
import type { Clock, Timer } from '../util/clock';
import type { Logger } from '../util/logger';
import { writeFileAtomically } from './files';
import type { NodeIdentity } from './join';

export interface CredentialsOptions {
  config: Pick<AgentConfig, 'nodeName' | 'serverUrl' | 'dataDir' | 'joinTokenFile'>;
  clock: Clock;
  logger: Logger;
}

const firstRetry = 500;
const longestRetry = 10_000;
/** Renewal is looked at once an hour at the least: a timer cannot wait for weeks. */
const lookMilliseconds = 3_600_000;

/** The node's certificates: joined for once, kept on disk, renewed in time without a restart. */
export class Credentials {
  private timer?: Timer;
  private stopped = false;
  private readonly listeners: Array<(identity: NodeIdentity) => void> = [];

  private constructor(
    private readonly options: CredentialsOptions,
    private identity: NodeIdentity,
  ) {
    this.schedule();
  }

  /** The identity on disk; a node without one joins first, and tries until the server lets it. */
  static async open(options: CredentialsOptions): Promise<Credentials> {
    const found = await load(options);
    return new Credentials(options, found ?? (await joinUntilDone(options)));
  }

  get current(): NodeIdentity {
    return this.identity;
  }

  onRenewed(listener: (identity: NodeIdentity) => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private schedule(retry?: number): void {
    if (this.stopped) return;
    const due = renewAt(this.identity) - this.options.clock.now();
    const wait = retry ?? Math.min(lookMilliseconds, Math.max(0, due));
    this.timer = this.options.clock.after(wait, () => void this.look());
  }

  private async look(): Promise<void> {
    const { config, clock, logger } = this.options;
    if (clock.now() < renewAt(this.identity)) return this.schedule();
    try {
      const { renew } = signing();
      const identity = await renew(config.serverUrl, config.nodeName, this.identity);
      await save(this.options, identity);
      this.identity = identity;
      logger.info({}, 'renewed the certificates of the node');
      for (const listener of this.listeners) listener(identity);
      this.schedule();
    } catch (error) {
      logger.warn({ error: String(error) }, 'the certificates of the node could not be renewed');
      this.schedule(longestRetry);
    }
  }
}

/** Making keys and requests takes a large library, which an agent needs once a month: loaded only then. */
function signing(): typeof import('./join') {
  return require('./join') as typeof import('./join');
}

function validity(identity: NodeIdentity): { notBefore: number; notAfter: number } {
  const { validFrom, validTo } = new X509Certificate(identity.client.cert);
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

/** Two thirds into the lifetime, in milliseconds since the epoch. */
function renewAt(identity: NodeIdentity): number {
  const { notBefore, notAfter } = validity(identity);
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

function fileOf({ config }: CredentialsOptions): string {
  return joinPath(config.dataDir, 'identity.json');
}

async function load(options: CredentialsOptions): Promise<NodeIdentity | undefined> {
  let identity: NodeIdentity;
  try {
    identity = JSON.parse(await readFile(fileOf(options), 'utf8')) as NodeIdentity;
  } catch {
    return undefined;
  }
  if (validity(identity).notAfter > options.clock.now()) return identity;
  options.logger.warn({}, 'the certificates of the node have expired; it joins again');
  return undefined;
}

async function save(options: CredentialsOptions, identity: NodeIdentity): Promise<void> {
  await writeFileAtomically(fileOf(options), JSON.stringify(identity), 0o600);
}

async function joinUntilDone(options: CredentialsOptions): Promise<NodeIdentity> {
  const { config, clock, logger } = options;
  for (let delay = firstRetry; ; delay = Math.min(longestRetry, delay * 2)) {
    try {
      const { join, parseJoinToken } = signing();
      const token = parseJoinToken(await readFile(config.joinTokenFile, 'utf8'));
      const identity = await join(config.serverUrl, config.nodeName, token);
      await save(options, identity);
      // It is used up; what is not there cannot leak.
      await rm(config.joinTokenFile, { force: true });
      logger.info({ node: config.nodeName }, 'joined the cluster');
      return identity;
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'the node could not join yet');
      await clock.sleep(delay);
    }
  }
}
