import type {
  ContainerInfo,
  DockerEngine,
  EndpointConfig,
  ImageInfo,
  ImageWork,
  NetworkInfo,
  VolumeInfo,
} from '../../../runtime/terraform/docker/engine';
import { EngineError } from '../../../runtime/terraform/docker/engine';

type Body = Record<string, never> & { Labels?: Record<string, string>; HostConfig: Record<string, unknown> };

interface FakeContainer {
  id: string;
  name: string;
  body: Body;
  running: boolean;
  exitCode: number;
  networks: Map<string, EndpointConfig>;
  health?: string;
}

/** A Docker Engine in memory: names conflict, ports are taken, and what is used cannot be removed. */
export class FakeEngine implements DockerEngine {
  readonly address = 'fake://engine';
  readonly containers: FakeContainer[] = [];
  readonly networks = new Map<string, { id: string; body: Record<string, unknown> }>();
  readonly volumes = new Map<string, VolumeInfo>();
  readonly images = new Map<string, string>([['app:1', 'sha256:app']]);
  readonly uploads: Buffer[] = [];
  readonly updates: Record<string, unknown>[] = [];
  readonly builds: Record<string, unknown>[] = [];
  /** Containers of this command end at once, with this code. */
  readonly exits = new Map<string, number>();
  /** What a started container's health check says, one look after the other. */
  health: string[] = [];
  private count = 0;

  async ping(): Promise<void> {}

  async createContainer(name: string, body: object): Promise<string> {
    if (this.containers.some((each) => each.name === name)) throw new EngineError(409, `the name "/${name}" is in use`);
    const id = `c${++this.count}`.padEnd(64, '0');
    const networks = new Map<string, EndpointConfig>([['bridge', {}]]);
    this.containers.push({
      id,
      name,
      body: JSON.parse(JSON.stringify(body)) as Body,
      running: false,
      exitCode: 0,
      networks,
    });
    return id;
  }

  async inspectContainer(id: string): Promise<ContainerInfo | undefined> {
    const found = this.containers.find((each) => each.id === id || each.name === id);
    return found && (this.info(found) as unknown as ContainerInfo);
  }

  async startContainer(id: string): Promise<void> {
    const container = this.container(id);
    for (const port of hostPorts(container)) {
      if (this.containers.some((each) => each.running && each !== container && hostPorts(each).includes(port))) {
        throw new EngineError(500, `Bind for ${port} failed: port is already allocated`);
      }
    }
    const code = this.exits.get(String(((container.body as { Cmd?: string[] }).Cmd ?? [])[0]));
    container.running = code === undefined;
    container.exitCode = code ?? 0;
  }

  async stopContainer(id: string): Promise<void> {
    this.container(id).running = false;
  }

  async updateContainer(id: string, body: Record<string, unknown>): Promise<void> {
    this.updates.push(body);
    Object.assign(this.container(id).body.HostConfig, body);
  }

  async removeContainer(id: string): Promise<void> {
    const index = this.containers.findIndex((each) => each.id === id);
    if (index >= 0) this.containers.splice(index, 1);
  }

  async containerLog(): Promise<string> {
    return 'cannot read config';
  }

  async uploadTar(_id: string, tar: Buffer): Promise<void> {
    this.uploads.push(tar);
  }

  async connectNetwork(network: string, id: string, endpoint: EndpointConfig): Promise<void> {
    if (!this.networks.has(network)) throw new EngineError(404, `network ${network} not found`);
    this.container(id).networks.set(network, endpoint);
  }

  async disconnectNetwork(network: string, id: string): Promise<void> {
    this.container(id).networks.delete(network);
  }

  async createNetwork(body: Record<string, unknown>): Promise<string> {
    const name = String(body.Name);
    if (this.networks.has(name)) throw new EngineError(409, `network with name ${name} already exists`);
    const id = `n${++this.count}`.padEnd(64, '0');
    this.networks.set(name, { id, body });
    return id;
  }

  async inspectNetwork(id: string): Promise<NetworkInfo | undefined> {
    const [name, found] = [...this.networks].find(([each, network]) => each === id || network.id === id) ?? [];
    if (!found) return undefined;
    const { Driver, Internal, Labels, IPAM } = found.body;
    const info = { Id: found.id, Name: name, Driver: Driver ?? 'bridge', Internal: Internal ?? false, Labels, IPAM };
    return { ...info, Scope: 'local', Options: {} } as unknown as NetworkInfo;
  }

  async removeNetwork(id: string): Promise<void> {
    const name = [...this.networks].find(([, network]) => network.id === id)?.[0] ?? id;
    const used = this.containers.some((each) => each.networks.has(name));
    if (used) throw new EngineError(403, `error while removing network: network ${name} has active endpoints`);
    this.networks.delete(name);
  }

  async createVolume(body: Record<string, unknown>): Promise<VolumeInfo> {
    const name = String(body.Name ?? `v${++this.count}`);
    const made = { Name: name, Driver: 'local', Mountpoint: `/var/${name}`, Labels: null, Options: null };
    const volume = this.volumes.get(name) ?? made;
    this.volumes.set(name, volume);
    return volume;
  }

  async inspectVolume(name: string): Promise<VolumeInfo | undefined> {
    return this.volumes.get(name);
  }

  async removeVolume(name: string): Promise<void> {
    if (JSON.stringify(this.containers).includes(`${name}:/`)) throw new EngineError(409, 'volume is in use');
    this.volumes.delete(name);
  }

  async inspectImage(name: string): Promise<ImageInfo | undefined> {
    const id = this.images.get(name) ?? [...this.images.values()].find((each) => each === name);
    const digests = [`${name.split(':')[0]}@sha256:d1`];
    return id ? ({ Id: id, RepoDigests: digests, Config: { Env: ['PATH=/bin'] } } as unknown as ImageInfo) : undefined;
  }

  async pullImage(name: string): Promise<void> {
    if (!name.startsWith('registry/')) throw new EngineError(500, 'no such host');
    this.images.set(name, `sha256:${name}`);
  }

  async buildImage(
    context: NodeJS.ReadableStream,
    { query }: ImageWork & { query: Record<string, unknown> },
  ): Promise<void> {
    for await (const _ of context);
    this.builds.push(query);
    for (const name of query.t as string[]) this.images.set(name, `sha256:built${++this.count}`);
  }

  async removeImage(name: string, { force }: { force: boolean }): Promise<void> {
    const used = this.containers.some((each) => (each.body as { Image?: string }).Image === this.images.get(name));
    if (used && !force) throw new EngineError(409, 'image is being used by running container');
    this.images.delete(name);
  }

  private container(id: string): FakeContainer {
    const found = this.containers.find((each) => each.id === id);
    if (!found) throw new EngineError(404, `No such container: ${id}`);
    return found;
  }

  private info({ id, name, body, running, exitCode, networks }: FakeContainer) {
    const { HostConfig, ...config } = body as unknown as { HostConfig: Record<string, unknown>; Image: string };
    const published = Object.entries(
      (HostConfig.PortBindings ?? {}) as Record<string, { HostIp: string; HostPort: string }[]>,
    );
    const free = (key: string) => String(32768 + Number.parseInt(key, 10));
    return {
      Id: id,
      Name: `/${name}`,
      Image: this.images.get(config.Image) ?? config.Image,
      Config: { Hostname: id.slice(0, 12), Cmd: null, Entrypoint: null, ...config },
      HostConfig: {
        ShmSize: 67108864,
        IpcMode: 'private',
        Runtime: 'runc',
        LogConfig: { Type: 'json-file' },
        ...HostConfig,
      },
      State: {
        Running: running,
        Restarting: false,
        Status: running ? 'running' : 'exited',
        ExitCode: exitCode,
        Health:
          'Healthcheck' in config && config.Healthcheck
            ? { Status: this.health.shift() ?? 'healthy', Log: [] }
            : undefined,
      },
      NetworkSettings: {
        Networks: Object.fromEntries(
          [...networks].map(([each, endpoint]) => [each, { ...endpoint, IPAddress: running ? '10.0.0.2' : '' }]),
        ),
        Ports: running
          ? Object.fromEntries(
              published.map(([key, all]) => [
                key,
                all.map((each) => ({ ...each, HostPort: each.HostPort || free(key) })),
              ]),
            )
          : {},
      },
    };
  }
}

function hostPorts(container: FakeContainer): string[] {
  const bindings = (container.body.HostConfig.PortBindings ?? {}) as Record<
    string,
    { HostIp: string; HostPort: string }[]
  >;
  return Object.values(bindings).flatMap((all) =>
    all.filter((each) => each.HostPort).map((each) => `${each.HostIp}:${each.HostPort}`),
  );
}
