import { PassThrough, type Readable } from 'node:stream';
import { type Clock, rfc3339, type Timer } from '../../util/clock';
import {
  type ContainerEngine,
  type ContainerInfo,
  type ContainerSpec,
  type ContainerStats,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type ExecOptions,
  type ExecSession,
  type ImageInfo,
  type LogOptions,
  type PodLabels,
  type SandboxInfo,
  type SandboxSpec,
} from '../engine';

/** What a simulated container does once it runs; the default is to run until it is stopped. */
export interface Behaviour {
  /** Ends by itself so long after its start. */
  exit?: { afterMilliseconds: number; code: number; oomKilled?: boolean };
  /** Lines that it prints at its start. */
  output?: string[];
  /** Does not start, and this is why. */
  startError?: string;
  /** Ends only by SIGKILL. */
  ignoresSigterm?: boolean;
}

export interface ExecOutcome {
  exitCode: number;
  stdout?: string;
  stderr?: string;
  afterMilliseconds?: number;
}

export interface SimulatedEngineOptions {
  clock: Clock;
  /** Names of the images that are present; all that are asked for when left out. */
  images?: string[];
  /** Answers a pull: an image appears unless this throws. */
  registry?: (image: string) => void;
  imageInfo?: (image: string) => Partial<ImageInfo>;
  behaviour?: (spec: ContainerSpec) => Behaviour;
  exec?: (container: ContainerInfo, options: ExecOptions) => ExecOutcome;
  /** Milliseconds that the start of a sandbox, and of a container, takes. */
  startMilliseconds?: number;
  cpus?: number;
  memoryBytes?: number;
}

interface Simulated {
  info: ContainerInfo;
  behaviour: Behaviour;
  lines: Array<{ at: number; text: string }>;
  followers: Set<PassThrough>;
  timer?: Timer;
}

/** A container engine without containers: state in memory, time from the clock. Thousands run in one process. */
export class SimulatedEngine implements ContainerEngine {
  /** Every start of a container, as `pod/container#attempt`; for tests that count. */
  readonly starts: string[] = [];
  /** Nobody is told of what happens while this is set. */
  loseEvents = false;
  private readonly containers = new Map<string, Simulated>();
  private readonly present: Set<string> | undefined;
  private readonly handlers = new Set<(event: EngineEvent) => void>();
  private serial = 0;

  constructor(private readonly options: SimulatedEngineOptions) {
    this.present = options.images && new Set(options.images);
  }

  async info(): Promise<EngineInfo> {
    return {
      name: 'simulated',
      version: '1.0.0',
      apiVersion: '1',
      operatingSystem: 'Simulated',
      kernelVersion: '6.0.0',
      architecture: 'amd64',
      cpus: this.options.cpus ?? 4,
      memoryBytes: this.options.memoryBytes ?? 16 * 2 ** 30,
      cgroupVersion: 2,
      rootDirectory: '/simulated',
    };
  }

  async image(name: string): Promise<ImageInfo | undefined> {
    if (this.present && !this.present.has(name)) return undefined;
    const names = [name];
    const plain = { id: `sha256:${name}`, names, sizeBytes: 1_000_000, user: '', entrypoint: ['/app'], command: [] };
    return { ...plain, workingDir: '', env: [], ...this.options.imageInfo?.(name) };
  }

  async images(): Promise<ImageInfo[]> {
    const images = await Promise.all([...(this.present ?? [])].map((name) => this.image(name)));
    return images.filter((image) => image !== undefined);
  }

  async pullImage(name: string): Promise<ImageInfo> {
    this.options.registry?.(name);
    this.present?.add(name);
    return (await this.image(name)) as ImageInfo;
  }

  async removeImage(id: string): Promise<void> {
    for (const name of this.present ?? []) if (name === id || `sha256:${name}` === id) this.present?.delete(name);
  }

  async startSandbox(spec: SandboxSpec, onCreated?: (id: string) => void): Promise<SandboxInfo> {
    const base = { role: 'sandbox', name: 'POD', hash: '', imageName: 'sandbox', imageId: 'sha256:sandbox' } as const;
    const { info } = this.add(spec, { ...base, attempt: spec.attempt, annotations: spec.annotations });
    onCreated?.(info.id);
    await this.startTime();
    this.run(info.id);
    return { id: info.id, pid: info.pid };
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    if (!(await this.image(spec.image))) throw new EngineError('image-not-found', `No such image: ${spec.image}`);
    for (const { info } of this.containers.values())
      if (info.podUid === spec.podUid && info.name === spec.name && info.attempt === spec.attempt)
        throw new EngineError('name-in-use', `the name of attempt ${spec.attempt} of ${spec.name} is already in use`);
    const { name, attempt, hash, annotations } = spec;
    const imageId = `sha256:${spec.image}`;
    const made = this.add(spec, {
      role: 'container',
      name,
      attempt,
      hash,
      annotations,
      imageName: spec.image,
      imageId,
    });
    made.behaviour = this.options.behaviour?.(spec) ?? {};
    return made.info.id;
  }

  async startContainer(id: string): Promise<void> {
    await this.startTime();
    const container = this.require(id);
    const { startError } = container.behaviour;
    if (startError !== undefined) {
      container.info.error = startError;
      container.info.exitCode = 127;
      throw new EngineError('start-failed', startError);
    }
    const { podName, name, attempt } = container.info;
    this.starts.push(`${podName}/${name}#${attempt}`);
    this.run(id);
    for (const line of container.behaviour.output ?? []) this.print(container, line);
    const { exit } = container.behaviour;
    if (exit)
      container.timer = this.options.clock.after(exit.afterMilliseconds, () => {
        if (exit.oomKilled) this.emit('oom', container.info);
        this.end(container, exit.code, exit.oomKilled);
      });
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.containers.get(id);
    if (container?.info.state !== 'running') return;
    if (container.behaviour.ignoresSigterm) {
      await this.options.clock.sleep(graceSeconds * 1000);
      this.end(container, 137);
    } else this.end(container, 143);
  }

  async kill(id: string, signal: string): Promise<void> {
    const container = this.containers.get(id);
    if (container?.info.state !== 'running') return;
    if (/9|KILL/.test(signal)) this.end(container, 137);
    else if (/TERM|INT/.test(signal) && !container.behaviour.ignoresSigterm) this.end(container, 143);
  }

  async remove(id: string): Promise<void> {
    const container = this.containers.get(id);
    if (!container) return;
    this.end(container, 137);
    this.containers.delete(id);
    this.emit('remove', container.info);
  }

  async list(): Promise<ContainerInfo[]> {
    return [...this.containers.values()].map(({ info }) => ({ ...info }));
  }

  async inspect(id: string): Promise<ContainerInfo | undefined> {
    const container = this.containers.get(id);
    return container && { ...container.info };
  }

  events(handler: (event: EngineEvent) => void, signal: AbortSignal): void {
    this.handlers.add(handler);
    signal.addEventListener('abort', () => this.handlers.delete(handler), { once: true });
  }

  async logs(id: string, options: LogOptions): Promise<Readable> {
    const container = this.require(id);
    const lines = container.lines.filter(({ at }) => options.sinceTime === undefined || at >= options.sinceTime);
    const tail = options.tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tailLines));
    const text = tail
      .map((line) => (options.timestamps ? `${rfc3339(line.at)} ${line.text}\n` : `${line.text}\n`))
      .join('');
    const stream = new PassThrough();
    stream.write(text.slice(0, options.limitBytes));
    if (options.follow && container.info.state === 'running') container.followers.add(stream);
    else stream.end();
    options.signal?.addEventListener('abort', () => stream.end(), { once: true });
    return stream;
  }

  async exec(id: string, options: ExecOptions): Promise<ExecSession> {
    const container = this.require(id);
    if (container.info.state !== 'running') throw new EngineError('invalid', `container ${id} is not running`);
    const outcome = this.options.exec?.({ ...container.info }, options) ?? { exitCode: 0 };
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const finish = () => {
      stdout.end(outcome.stdout ?? '');
      stderr.end(outcome.stderr ?? '');
      return options.signal?.aborted ? 137 : outcome.exitCode;
    };
    const exit = outcome.afterMilliseconds
      ? this.options.clock.sleep(outcome.afterMilliseconds, options.signal).then(finish)
      : Promise.resolve(finish());
    return {
      stdin: options.stdin ? new PassThrough().resume() : undefined,
      stdout,
      stderr,
      exit,
      resize: async () => {},
    };
  }

  async stats(id: string): Promise<ContainerStats> {
    this.require(id);
    return { cpuNanoseconds: 0, workingSetBytes: 0, at: this.options.clock.now() };
  }

  /** Ends a running container from outside, as a crash or the kernel would. */
  crash(id: string, exitCode: number): void {
    this.end(this.require(id), exitCode);
  }

  private startTime(): Promise<void> {
    const { startMilliseconds = 0, clock } = this.options;
    return startMilliseconds > 0 ? clock.sleep(startMilliseconds) : Promise.resolve();
  }

  private require(id: string): Simulated {
    const container = this.containers.get(id);
    if (!container) throw new EngineError('not-found', `No such container: ${id}`);
    return container;
  }

  private add(
    pod: PodLabels,
    rest: Pick<ContainerInfo, 'role' | 'name' | 'attempt' | 'hash' | 'imageName' | 'imageId' | 'annotations'>,
  ): Simulated {
    const id = `simulated-${++this.serial}`;
    const { podUid, podName, podNamespace } = pod;
    const createdAt = this.options.clock.now();
    const info: ContainerInfo = {
      id,
      podUid,
      podName,
      podNamespace,
      ...rest,
      state: 'created',
      pid: 0,
      createdAt,
      oomKilled: false,
    };
    const container: Simulated = { info, behaviour: {}, lines: [], followers: new Set() };
    this.containers.set(id, container);
    return container;
  }

  private run(id: string): void {
    const { info } = this.require(id);
    info.state = 'running';
    info.pid = 1000 + this.serial;
    info.startedAt = this.options.clock.now();
    this.emit('start', info);
  }

  private print(container: Simulated, text: string): void {
    container.lines.push({ at: this.options.clock.now(), text });
    for (const follower of container.followers) follower.write(`${text}\n`);
  }

  private end(container: Simulated, exitCode: number, oomKilled = false): void {
    const { info } = container;
    container.timer?.cancel();
    if (info.state !== 'running') return;
    Object.assign(info, { state: 'exited', exitCode, oomKilled, pid: 0, finishedAt: this.options.clock.now() });
    for (const follower of container.followers) follower.end();
    container.followers.clear();
    this.emit('exit', info);
  }

  private emit(type: EngineEvent['type'], info: ContainerInfo): void {
    const { id, podUid, name: containerName, exitCode } = info;
    if (this.loseEvents) return;
    for (const handler of this.handlers) handler({ type, id, podUid, containerName, exitCode });
  }
}
