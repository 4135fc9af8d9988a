import type { ContainerInfo, EngineEvent } from '../engine/engine';
import type { Pod } from '../kube/generated/types';
import type { NodeNetwork } from '../network/network';
import type { Timer } from '../util/clock';
import type { PodContext } from './pod/pod-context';
import { PodWorker } from './pod/pod-worker';
import { objectRefs } from './spec/object-refs';

export interface PodManagerOptions {
  context: PodContext;
  network: Pick<NodeNetwork, 'attached' | 'detach'>;
  /** Told after pods came or went. */
  onPods(pods: Pod[]): void;
  /** Told when nothing is left of a pod. */
  onFinished(podUid: string): void;
}

const orphanGraceSeconds = 10;
const relistMilliseconds = 60_000;

/** The workers of this node's pods, and what is found on the node that belongs to none. */
export class PodManager {
  private readonly workers = new Map<string, PodWorker>();
  /** Pods whose end is done here, and not yet seen on the server. */
  private readonly finished = new Set<string>();
  private found = new Map<string, ContainerInfo[]>();
  private readonly abort = new AbortController();
  private synced = false;
  private timer?: Timer;

  constructor(private readonly options: PodManagerOptions) {}

  /** Whether the pods are known as the server has them. */
  get hasSynced(): boolean {
    return this.synced;
  }

  /** Looks at what runs on the node. Before any pod is given. @throws EngineError */
  async start(): Promise<void> {
    const { engine } = this.options.context;
    engine.events((event) => this.onEvent(event), this.abort.signal);
    for (const [uid, infos] of byPod(await engine.list())) this.found.set(uid, infos);
    this.relistLater();
  }

  /** Looks at everything on the node now and then, in case an event was lost or something is due. */
  private relistLater(): void {
    const { clock, engine } = this.options.context;
    this.timer = clock.after(relistMilliseconds, async () => {
      const found = await engine.list().then(byPod, () => undefined);
      if (this.abort.signal.aborted) return;
      for (const [uid, worker] of this.workers) {
        if (found) worker.compare(found.get(uid) ?? []);
        worker.renewTokens();
      }
      this.relistLater();
    });
  }

  /** A pod of this node, new or changed. */
  put(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.finished.has(uid)) return;
    const worker = this.workers.get(uid);
    if (worker) {
      worker.update(pod);
      return;
    }
    const found = this.found.get(uid) ?? [];
    this.found.delete(uid);
    const done = (seenGone: boolean) => {
      this.workers.delete(uid);
      if (!seenGone) this.finished.add(uid);
      this.options.onFinished(uid);
      this.podsChanged();
    };
    this.workers.set(uid, new PodWorker(this.options.context, pod, found, done));
    this.podsChanged();
  }

  /** The server no longer has the pod. */
  delete(podUid: string): void {
    this.finished.delete(podUid);
    this.workers.get(podUid)?.remove();
  }

  /** All pods of this node, as the server has them: what is not among them has to go. */
  replace(pods: Pod[]): void {
    this.synced = true;
    const known = new Set(pods.map(({ metadata }) => metadata.uid ?? ''));
    for (const uid of [...this.workers.keys(), ...this.finished]) if (!known.has(uid)) this.delete(uid);
    for (const pod of pods) this.put(pod);
    void this.removeOrphans(known);
  }

  /** The pod with this name, of those that are here. */
  find(namespace: string, name: string): PodWorker | undefined {
    return [...this.workers.values()].find(
      ({ current: { metadata } }) => metadata.namespace === namespace && metadata.name === name,
    );
  }

  /** A ConfigMap or Secret changed. */
  objectsChanged(ref: string): void {
    for (const worker of this.workers.values()) if (objectRefs(worker.current).has(ref)) worker.objectsChanged();
  }

  pods(): Pod[] {
    return [...this.workers.values()].map((worker) => worker.current);
  }

  /** Ends the workers; containers go on. */
  close(): void {
    this.abort.abort();
    this.timer?.cancel();
    for (const worker of this.workers.values()) worker.close();
  }

  private podsChanged(): void {
    this.options.onPods(this.pods());
  }

  private onEvent(event: EngineEvent): void {
    const worker = this.workers.get(event.podUid);
    if (!worker) return;
    if (event.type === 'remove') worker.forget(event.id);
    else void worker.refresh(event.id);
  }

  /** Containers, addresses and folders of pods that are nowhere any more. */
  private async removeOrphans(known: ReadonlySet<string>): Promise<void> {
    const { context, network } = this.options;
    const { engine, volumes, logger } = context;
    const isOrphan = (uid: string) => !known.has(uid) && !this.workers.has(uid);
    const orphans = [...this.found].filter(([uid]) => isOrphan(uid));
    this.found = new Map();
    const guard = (uid: string, work: Promise<unknown>) =>
      work.catch((error) =>
        logger.warn({ podUid: uid, error: String(error) }, 'what is left of a pod could not be removed'),
      );
    await Promise.all(
      orphans.map(([uid, infos]) => {
        logger.info({ podUid: uid, pod: infos[0]?.podName }, 'removing a pod that is gone from the server');
        const stop = async ({ id, role }: ContainerInfo) => {
          if (role === 'container') await engine.stopContainer(id, orphanGraceSeconds);
        };
        const remove = async () => {
          await Promise.all(infos.map(stop));
          await Promise.all(infos.map(({ id }) => engine.remove(id)));
        };
        return guard(uid, remove());
      }),
    );
    const addresses = await network.attached().catch(() => []);
    for (const { podUid } of addresses) if (isOrphan(podUid)) await guard(podUid, network.detach(podUid));
    for (const uid of await volumes.podUids()) if (isOrphan(uid)) await guard(uid, volumes.tearDown(uid));
  }
}

function byPod(infos: ContainerInfo[]): Map<string, ContainerInfo[]> {
  const pods = new Map<string, ContainerInfo[]>();
  for (const info of infos) pods.set(info.podUid, [...(pods.get(info.podUid) ?? []), info]);
  return pods;
}
