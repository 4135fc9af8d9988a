import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import Docker from 'dockerode';
import * as tar from 'tar-stream';
import { imageFiles, nodeContainer } from '../../runtime/node-image/capabilities';

export const docker = new Docker();
export const nodeImage = 'orlop.local/node:test';

/** Builds the node image; from the engine's cache when it was built before. */
export async function buildNodeImage(): Promise<void> {
  const stream = await docker.buildImage(
    { context: resolve(__dirname, '../../runtime/node-image'), src: [...imageFiles] },
    { t: nodeImage },
  );
  await new Promise<void>((done, fail) =>
    docker.modem.followProgress(stream, (error, output: Array<{ error?: string }>) => {
      const failed = output?.find((line) => line.error)?.error;
      if (error || failed) fail(error ?? new Error(failed));
      else done();
    }),
  );
}

/** A node container of a test, with its own volumes. */
export class NodeContainer {
  private constructor(readonly container: Docker.Container) {}

  static async start(
    name: string,
    options: { authorizedKey?: string; network?: string; publish?: string[] } = {},
  ): Promise<NodeContainer> {
    const host: Docker.HostConfig & { CgroupnsMode: string } = {
      CapAdd: [...nodeContainer.capabilities],
      SecurityOpt: [...nodeContainer.securityOptions],
      CgroupnsMode: nodeContainer.cgroupNamespace,
      Tmpfs: { ...nodeContainer.tmpfs },
      PortBindings: Object.fromEntries(
        (options.publish ?? ['22/tcp']).map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
      ),
      ...(options.network && { NetworkMode: options.network }),
    };
    const spec: Docker.ContainerCreateOptions = {
      name: `network-${name}-${randomBytes(3).toString('hex')}`,
      Hostname: name,
      Image: nodeImage,
      Volumes: Object.fromEntries(nodeContainer.volumes.map((path) => [path, {}])),
      ExposedPorts: Object.fromEntries((options.publish ?? ['22/tcp']).map((port) => [port, {}])),
      HostConfig: host,
    };
    const container = await docker.createContainer(spec);
    const node = new NodeContainer(container);
    if (options.authorizedKey) {
      const pack = tar.pack();
      pack.entry({ name: 'root/.ssh', type: 'directory', mode: 0o777, uid: 1000 });
      pack.entry({ name: 'root/.ssh/authorized_keys', mode: 0o666, uid: 1000 }, `${options.authorizedKey}\n`);
      pack.finalize();
      await container.putArchive(pack as unknown as NodeJS.ReadableStream, { path: '/' });
    }
    await container.start();
    return node;
  }

  /** Runs a command in the node; its whole output. @throws Error when it fails. */
  async run(...argv: string[]): Promise<string> {
    const exec = await this.container.exec({ Cmd: argv, AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({ hijack: true, stdin: false });
    const chunks: Buffer[] = [];
    const sink = { write: (chunk: Buffer) => chunks.push(chunk) > 0 };
    docker.modem.demuxStream(
      stream,
      sink as unknown as NodeJS.WritableStream,
      sink as unknown as NodeJS.WritableStream,
    );
    await new Promise((done) => stream.once('end', done));
    const output = Buffer.concat(chunks).toString();
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`${argv.join(' ')}: status ${ExitCode}\n${output}`);
    return output;
  }

  /** Runs it again and again until it succeeds, at most for `seconds`. */
  async eventually(seconds: number, ...argv: string[]): Promise<string> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      try {
        return await this.run(...argv);
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  async port(port: string): Promise<number> {
    const info = await this.container.inspect();
    return Number(info.NetworkSettings.Ports[port]?.[0]?.HostPort);
  }

  /** Carries an image of the outer engine inside. */
  async load(image: string): Promise<void> {
    const archive = await docker.getImage(image).get();
    const exec = await this.container.exec({ Cmd: ['docker', 'load', '-q'], AttachStdin: true, AttachStdout: true });
    const stream = await exec.start({ hijack: true, stdin: true });
    stream.resume();
    archive.pipe(stream);
    await new Promise((done) => stream.once('end', done));
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`docker load ${image}: status ${ExitCode}`);
  }

  async remove(): Promise<void> {
    await this.container.remove({ force: true, v: true });
  }
}
