import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../client/client';
import { Informer } from '../client/informer';
import type { Pod } from '../kube/generated/types';
import { pods } from '../kube/resource';
import type { Clock, Timer } from '../util/clock';
import type { Logger } from '../util/logger';
import { writeFileAtomically } from './files';

export interface PodSourceOptions {
  client: ApiClient;
  clock: Clock;
  logger: Logger;
  random: () => number;
  nodeName: string;
  /** Where the pods last known are kept, for an agent that starts while the server is away. */
  file: string;
}

/** Where the pods go. */
export interface PodSink {
  put(pod: Pod): void;
  delete(podUid: string): void;
  /** All of them, straight from the server. */
  replace(pods: Pod[]): void;
}

const saveMilliseconds = 1_000;
/** How long the server is given to answer before the pods last known are taken. */
const answerMilliseconds = 1_000;

/** The pods bound to this node: first those last known, from disk, then those of the server for ever. */
export class PodSource {
  private readonly informer: Informer<Pod>;
  private timer?: Timer;
  private saving: Promise<void> = Promise.resolve();

  constructor(private readonly options: PodSourceOptions) {
    const { nodeName, file: _file, ...rest } = options;
    this.informer = new Informer<Pod>({
      ...rest,
      resource: pods,
      query: { fieldSelector: `spec.nodeName=${nodeName}` },
    });
  }

  /**
   * Follows the server until the signal aborts. Where it does not answer at once, the sink gets the pods last known
   * meanwhile; what is on disk may be older than what the server has.
   */
  async start(sink: PodSink, signal: AbortSignal): Promise<void> {
    const { informer } = this;
    informer.addHandler({
      onAdd: (pod) => {
        if (informer.hasSynced) sink.put(pod);
        this.changed();
      },
      onUpdate: (pod) => {
        if (informer.hasSynced) sink.put(pod);
        this.changed();
      },
      onDelete: (pod) => {
        sink.delete(pod.metadata.uid ?? '');
        this.changed();
      },
    });
    signal.addEventListener('abort', () => this.timer?.cancel(), { once: true });
    void informer.run(signal);
    const synced = informer.waitForSync(signal).then((yes) => {
      if (yes) sink.replace(informer.cache.list());
    });
    await Promise.race([synced, this.options.clock.sleep(answerMilliseconds, signal)]);
    if (!informer.hasSynced && !signal.aborted)
      for (const pod of await this.load()) if (!informer.hasSynced) sink.put(pod);
  }

  private changed(): void {
    this.timer ??= this.options.clock.after(saveMilliseconds, () => {
      this.timer = undefined;
      this.saving = this.saving.then(() => this.save());
    });
  }

  private async save(): Promise<void> {
    try {
      await writeFileAtomically(this.options.file, JSON.stringify(this.informer.cache.list()), 0o600);
    } catch (error) {
      this.options.logger.warn({ error: String(error) }, 'the pods of this node could not be saved');
    }
  }

  private async load(): Promise<Pod[]> {
    try {
      return JSON.parse(await readFile(this.options.file, 'utf8')) as Pod[];
    } catch {
      return [];
    }
  }
}
