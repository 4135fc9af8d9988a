import type Docker from 'dockerode';
import type { ContainerCreateOptions } from 'dockerode';
import {
  type ContainerInfo,
  type DockerEngine,
  type EndpointConfig,
  EngineError,
  type ImageInfo,
  type ImageWork,
  type NetworkInfo,
  type VolumeInfo,
} from './engine';

/** Where an Engine listens. @throws Error on an address that is neither unix:// nor tcp:// */
export function parseAddress(
  address: string,
): { socketPath: string } | { host: string; port: number; protocol: 'http' } {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const match = /^(?:tcp|http):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(address);
  if (!match) {
    throw new Error(
      `host is ${JSON.stringify(address)}: this provider serves unix:///path/to/socket and tcp://host:port; for ssh:// and TLS use kreuzwerker/docker`,
    );
  }
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2] ?? 2375), protocol: 'http' };
}

/** A Docker Engine over its HTTP API. */
export class DockerodeEngine implements DockerEngine {
  private readonly docker: Docker;

  constructor(readonly address: string) {
    // Loaded with the first Engine, because Terraform starts us several times just to ask for the schema.
    const Dockerode = require('dockerode') as typeof Docker;
    this.docker = new Dockerode(parseAddress(address));
  }

  async ping(): Promise<void> {
    await this.call(() => this.docker.ping());
  }

  async createContainer(name: string, body: ContainerCreateOptions): Promise<string> {
    const container = await this.call(() => this.docker.createContainer({ ...body, name }));
    return container.id;
  }

  inspectContainer(id: string): Promise<ContainerInfo | undefined> {
    return this.find(() => this.docker.getContainer(id).inspect());
  }

  async startContainer(id: string): Promise<void> {
    await this.call(() => this.docker.getContainer(id).start(), 304);
  }

  async stopContainer(id: string, seconds: number): Promise<void> {
    await this.call(() => this.docker.getContainer(id).stop({ t: seconds }), 304, 404);
  }

  async updateContainer(id: string, body: Record<string, unknown>): Promise<void> {
    await this.call(() => this.docker.getContainer(id).update(body));
  }

  async removeContainer(id: string, { volumes }: { volumes: boolean }): Promise<void> {
    await this.call(() => this.docker.getContainer(id).remove({ force: true, v: volumes }), 404);
  }

  async containerLog(id: string, lines: number): Promise<string> {
    const log = await this.call(() =>
      this.docker.getContainer(id).logs({ stdout: true, stderr: true, tail: lines, follow: false }),
    );
    return log ? plainLog(log) : '';
  }

  async uploadTar(id: string, tar: Buffer): Promise<void> {
    await this.call(() => this.docker.getContainer(id).putArchive(tar, { path: '/' }));
  }

  async connectNetwork(network: string, container: string, endpoint: EndpointConfig): Promise<void> {
    await this.call(() =>
      this.docker.getNetwork(network).connect({ Container: container, EndpointConfig: endpoint as never }),
    );
  }

  async disconnectNetwork(network: string, container: string): Promise<void> {
    await this.call(() => this.docker.getNetwork(network).disconnect({ Container: container }));
  }

  async createNetwork(body: Record<string, unknown>): Promise<string> {
    const network = await this.call(() => this.docker.createNetwork(body as unknown as Docker.NetworkCreateOptions));
    return network.id;
  }

  inspectNetwork(id: string): Promise<NetworkInfo | undefined> {
    return this.find(() => this.docker.getNetwork(id).inspect() as Promise<NetworkInfo>);
  }

  async removeNetwork(id: string): Promise<void> {
    await this.call(() => this.docker.getNetwork(id).remove(), 404);
  }

  async createVolume(body: Record<string, unknown>): Promise<VolumeInfo> {
    const { name } = (await this.call(() => this.docker.createVolume(body))) as unknown as { name: string };
    const info = await this.inspectVolume(name);
    if (!info) throw new EngineError(404, `volume ${name} was removed as soon as it was made`);
    return info;
  }

  inspectVolume(name: string): Promise<VolumeInfo | undefined> {
    return this.find(() => this.docker.getVolume(name).inspect());
  }

  async removeVolume(name: string): Promise<void> {
    await this.call(() => this.docker.getVolume(name).remove({ force: true }), 404);
  }

  inspectImage(name: string): Promise<ImageInfo | undefined> {
    return this.find(() => this.docker.getImage(name).inspect());
  }

  async pullImage(name: string, { platform, signal, progress }: ImageWork & { platform?: string }): Promise<void> {
    const options = { ...(platform ? { platform } : {}), abortSignal: signal };
    const stream = await this.call(() => this.docker.pull(name, options) as Promise<NodeJS.ReadableStream>);
    await this.followed(stream, progress);
  }

  async buildImage(
    context: NodeJS.ReadableStream,
    { query, signal, progress }: ImageWork & { query: Record<string, unknown> },
  ): Promise<void> {
    const options = { ...query, abortSignal: signal };
    const stream = await this.call(() => this.docker.buildImage(context, options as Docker.ImageBuildOptions));
    await this.followed(stream, progress);
  }

  async removeImage(name: string, { force }: { force: boolean }): Promise<void> {
    await this.call(() => this.docker.getImage(name).remove({ force }), 404);
  }

  /** Reads a stream of progress messages to its end. @throws EngineError with the last of the output, if one says so */
  private followed(stream: NodeJS.ReadableStream, progress: (message: string) => void): Promise<void> {
    const tail: string[] = [];
    return new Promise((resolve, reject) => {
      const finish = (error: unknown, messages?: { error?: string }[] | null) => {
        const failure = error instanceof Error ? error.message : messages?.find((each) => each?.error)?.error;
        if (failure === undefined) resolve();
        else reject(new EngineError(500, [...tail.slice(-20), failure].join('\n')));
      };
      this.docker.modem.followProgress(
        stream,
        finish,
        (event: { stream?: string; status?: string; error?: string }) => {
          const line = (event.stream ?? event.status ?? '').trimEnd();
          if (line === '') return;
          tail.push(line);
          progress(line);
        },
      );
    });
  }

  private async find<T>(request: () => Promise<T>): Promise<T | undefined> {
    return await this.call(request, 404);
  }

  /** Turns the client's errors into EngineErrors; the statuses in `well` mean that there is nothing to do. */
  private async call<T>(request: () => Promise<T>): Promise<T>;
  private async call<T>(request: () => Promise<T>, ...well: number[]): Promise<T | undefined>;
  private async call<T>(request: () => Promise<T>, ...well: number[]): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      const { statusCode, json, message } = error as { statusCode?: number; json?: unknown; message?: string };
      if (statusCode !== undefined && well.includes(statusCode)) return undefined;
      const said = (json as { message?: unknown } | undefined)?.message;
      if (statusCode !== undefined)
        throw new EngineError(statusCode, typeof said === 'string' ? said : (message ?? ''));
      throw new EngineError(0, `cannot reach the Docker Engine at ${this.address}: ${message ?? String(error)}`);
    }
  }
}

/** A log without the 8-byte headers with which the Engine frames each piece of it (absent with a terminal). */
function plainLog(log: Buffer | string): string {
  const bytes = Buffer.isBuffer(log) ? log : Buffer.from(log, 'binary');
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && (bytes[at] ?? 9) <= 2 && bytes.readUIntBE(at + 1, 3) === 0) {
    const length = bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return (pieces.length > 0 ? Buffer.concat(pieces) : bytes).toString('utf8').trimEnd();
}
