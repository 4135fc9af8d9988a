import type { ContainerCreateOptions, ContainerInspectInfo, ImageInspectInfo, NetworkInspectInfo } from 'dockerode';

/** What the Engine answered instead of doing what it was asked; `status` is HTTP's, 0 where it could not be reached. */
export class EngineError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'EngineError';
  }
}

export type ContainerInfo = ContainerInspectInfo;
export type ImageInfo = ImageInspectInfo;
export type NetworkInfo = NetworkInspectInfo;

export interface VolumeInfo {
  Name: string;
  Driver: string;
  Mountpoint: string;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
}

export interface EndpointConfig {
  Aliases?: string[];
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string };
}

/** As much of a Docker Engine as the four resources need. What is not there is undefined; all else that fails is an EngineError. */
export interface DockerEngine {
  /** For messages, e.g. unix:///var/run/docker.sock */
  readonly address: string;
  ping(): Promise<void>;

  /** Returns the container's ID. */
  createContainer(name: string, body: ContainerCreateOptions): Promise<string>;
  inspectContainer(id: string): Promise<ContainerInfo | undefined>;
  startContainer(id: string): Promise<void>;
  /** Waits `seconds` before it kills. One that is gone or stopped already is well. */
  stopContainer(id: string, seconds: number): Promise<void>;
  updateContainer(id: string, body: Record<string, unknown>): Promise<void>;
  /** Kills it if it runs. One that is gone already is well. */
  removeContainer(id: string, options: { volumes: boolean }): Promise<void>;
  /** The last lines of both of its outputs. */
  containerLog(id: string, lines: number): Promise<string>;
  /** Unpacks a tar file into the container's root directory. */
  uploadTar(id: string, tar: Buffer): Promise<void>;

  connectNetwork(network: string, container: string, endpoint: EndpointConfig): Promise<void>;
  disconnectNetwork(network: string, container: string): Promise<void>;
  createNetwork(body: Record<string, unknown>): Promise<string>;
  inspectNetwork(id: string): Promise<NetworkInfo | undefined>;
  removeNetwork(id: string): Promise<void>;

  createVolume(body: Record<string, unknown>): Promise<VolumeInfo>;
  inspectVolume(name: string): Promise<VolumeInfo | undefined>;
  removeVolume(name: string): Promise<void>;

  inspectImage(name: string): Promise<ImageInfo | undefined>;
  pullImage(name: string, options: ImageWork & { platform?: string }): Promise<void>;
  /** `context` is a tar file, gzipped or not. */
  buildImage(context: NodeJS.ReadableStream, options: ImageWork & { query: Record<string, unknown> }): Promise<void>;
  removeImage(name: string, options: { force: boolean }): Promise<void>;
}

export interface ImageWork {
  signal: AbortSignal;
  progress(message: string): void;
}
