import type { Readable, Writable } from 'node:stream';

/**
 * The container engine of one node. Docker Engine is the real one; the simulated one runs thousands in a process.
 *
 * Everything the agent makes carries labels, and is found again by them: after a restart the agent calls `list`
 * and adopts what it finds. All ids are the engine's own. Every method throws EngineError.
 */
export interface ContainerEngine {
  info(): Promise<EngineInfo>;

  /** Whether the image is present, by name or id; undefined when it is not. */
  image(name: string): Promise<ImageInfo | undefined>;
  images(): Promise<ImageInfo[]>;
  /** Pulls from the image's registry. @throws EngineError `image-not-found`, `registry-unreachable`, `unauthorized`. */
  pullImage(name: string, auth?: RegistryAuth, signal?: AbortSignal): Promise<ImageInfo>;
  removeImage(id: string): Promise<void>;

  /**
   * Starts a pod's sandbox: a container that holds the pod's network namespace, IPC and hostname, and nothing else.
   * Returns once its network namespace is its own (unless `hostNetwork`), ready for the agent to wire.
   * @param onCreated told of its id before it runs: containers may be created (not started) for it from then on
   */
  startSandbox(spec: SandboxSpec, onCreated?: (id: string) => void): Promise<SandboxInfo>;
  /** Creates (does not start) a container. @throws EngineError `name-in-use`, `image-not-found`, `invalid`. */
  createContainer(spec: ContainerSpec): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sends `signal` (default: the image's stop signal, else SIGTERM), waits up to `graceSeconds`, then SIGKILL. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  kill(id: string, signal: string): Promise<void>;
  /** Removes a container or a sandbox, running or not; one that is gone is success. */
  remove(id: string): Promise<void>;

  /** Everything of ours on this node: sandboxes and containers, running or exited. */
  list(): Promise<ContainerInfo[]>;
  inspect(id: string): Promise<ContainerInfo | undefined>;
  /**
   * Calls back for each start, exit, OOM and removal from now on, until the signal aborts. Resumes by itself after a
   * break, and then tells the state of every container once: an engine that was restarted has forgotten its events.
   */
  events(handler: (event: EngineEvent) => void, signal: AbortSignal): void;

  /** The output of a container, whole or from a point; the stream carries Kubernetes' log semantics. */
  logs(id: string, options: LogOptions): Promise<Readable>;
  /** Runs a command inside. `exit` resolves to its exit code. */
  exec(id: string, options: ExecOptions): Promise<ExecSession>;
  stats(id: string): Promise<ContainerStats>;
}

export interface EngineInfo {
  name: string;
  version: string;
  apiVersion: string;
  operatingSystem: string;
  kernelVersion: string;
  architecture: string;
  cpus: number;
  memoryBytes: number;
  cgroupVersion: 1 | 2;
  rootDirectory: string;
}

export interface ImageInfo {
  /** sha256:… */
  id: string;
  names: string[];
  sizeBytes: number;
  user: string;
  entrypoint: string[];
  command: string[];
  workingDir: string;
  env: string[];
  stopSignal?: string;
}

export interface RegistryAuth {
  username: string;
  password: string;
  serverAddress: string;
}

export interface PodLabels {
  podUid: string;
  podName: string;
  podNamespace: string;
}

export interface SandboxSpec extends PodLabels {
  /** How many sandboxes of this pod came before; makes names unique. */
  attempt: number;
  hostname: string;
  hostNetwork: boolean;
  hostPid: boolean;
  hostIpc: boolean;
  sysctls: Record<string, string>;
  /** cgroup under which the pod's containers live; empty for the engine's own. */
  cgroupParent: string;
  annotations: Record<string, string>;
}

export interface SandboxInfo {
  id: string;
  /** Process id on the node, whose /proc/<pid>/ns/net is the pod's network namespace. */
  pid: number;
}

export interface ContainerSpec extends PodLabels {
  name: string;
  attempt: number;
  sandboxId: string;
  image: string;
  /** Entrypoint; the image's own when empty. */
  command: string[];
  args: string[];
  workingDir: string;
  env: Array<{ name: string; value: string }>;
  mounts: Mount[];
  resources: Resources;
  security: Security;
  tty: boolean;
  stdin: boolean;
  stdinOnce: boolean;
  sharePidWithSandbox: boolean;
  /** The node's own process ids, or IPC, instead of the pod's. */
  hostPid?: boolean;
  hostIpc?: boolean;
  /** A hash of what the container was made from, so that a changed pod spec is noticed after a restart. */
  hash: string;
  annotations: Record<string, string>;
}

export interface Mount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  propagation?: 'private' | 'rslave' | 'rshared';
  /** When set, a tmpfs of this many bytes (0: no limit of its own) instead of hostPath. */
  tmpfsBytes?: number;
}

export interface Resources {
  /** CPU shares or weight, from the request: 2 … 262144. */
  cpuShares: number;
  /** CPU quota in microseconds per 100 ms; 0 is no limit. */
  cpuQuota: number;
  /** Memory limit in bytes; 0 is no limit. */
  memoryBytes: number;
  oomScoreAdj: number;
  pidsLimit?: number;
}

export interface Security {
  privileged: boolean;
  /** `uid` or `uid:gid`; the image's own when empty. */
  user: string;
  supplementalGroups: number[];
  addCapabilities: string[];
  dropCapabilities: string[];
  readOnlyRootFilesystem: boolean;
  noNewPrivileges: boolean;
  /** `unconfined`, or empty for the engine's default. */
  seccomp: string;
  apparmor: string;
}

export interface ContainerInfo extends PodLabels {
  id: string;
  role: 'sandbox' | 'container';
  name: string;
  attempt: number;
  hash: string;
  imageName: string;
  imageId: string;
  state: 'created' | 'running' | 'exited';
  pid: number;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  oomKilled: boolean;
  /** The engine's own error, when the container could not be started. */
  error?: string;
  annotations: Record<string, string>;
}

export interface EngineEvent {
  type: 'start' | 'exit' | 'oom' | 'remove';
  id: string;
  podUid: string;
  containerName: string;
  exitCode?: number;
}

export interface LogOptions {
  follow: boolean;
  stdout: boolean;
  stderr: boolean;
  tailLines?: number;
  sinceTime?: number;
  timestamps: boolean;
  limitBytes?: number;
  signal?: AbortSignal;
}

export interface ExecOptions {
  command: string[];
  stdin: boolean;
  tty: boolean;
  env?: string[];
  signal?: AbortSignal;
}

export interface ExecSession {
  stdin?: Writable;
  stdout: Readable;
  /** Absent with a tty: everything comes on stdout. */
  stderr?: Readable;
  resize(columns: number, rows: number): Promise<void>;
  exit: Promise<number>;
}

export interface ContainerStats {
  /** CPU time used so far, in nanoseconds. */
  cpuNanoseconds: number;
  /** Memory in use that cannot be given back, in bytes. */
  workingSetBytes: number;
  at: number;
}

export type EngineErrorCode =
  | 'unavailable'
  | 'not-found'
  | 'image-not-found'
  | 'registry-unreachable'
  | 'unauthorized'
  | 'name-in-use'
  | 'invalid'
  | 'start-failed'
  | 'internal';

export class EngineError extends Error {
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'EngineError';
  }
}
