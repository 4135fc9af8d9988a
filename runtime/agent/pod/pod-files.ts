import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../engine/engine';
import type { Container, Pod } from '../../kube/generated/types';
import { etcHosts, hostAliases } from '../spec/host-files';
import type { PodContext } from './pod-context';

const messageLimit = 4096;
const logLimit = 2048;
const logLines = 80;

/** The files of a pod that the agent writes beside its volumes: hosts, resolv.conf, termination messages. */
export class PodFiles {
  constructor(
    private readonly context: PodContext,
    private readonly folder: string,
  ) {}

  /** Writes hosts and resolv.conf in place: containers that have them mounted see it. */
  async write(pod: Pod, ip: string): Promise<void> {
    const { node } = this.context;
    await mkdir(this.folder, { recursive: true, mode: 0o750 });
    const hosts = pod.spec?.hostNetwork
      ? (await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1\tlocalhost\n')) + hostAliases(pod)
      : etcHosts(pod, ip, node.clusterDomain);
    await Promise.all([
      writeFile(this.path('etc-hosts'), hosts, { mode: 0o644 }),
      writeFile(this.path('resolv.conf'), node.resolvConf(pod), { mode: 0o644 }),
    ]);
  }

  /** The mounts that every container gets beside its volumes; the pod's own mounts win. */
  async mounts(container: Container, attempt: number, own: Mount[]): Promise<Mount[]> {
    const messagePath = container.terminationMessagePath || '/dev/termination-log';
    const message = this.messagePath(container.name, attempt);
    await mkdir(join(this.folder, 'containers', container.name), { recursive: true, mode: 0o750 });
    // Any user of the container may write it.
    await writeFile(message, '', { mode: 0o666 });
    await chmod(message, 0o666);
    // A container may be made before the pod has its address; what is mounted gets its content in place.
    for (const name of ['etc-hosts', 'resolv.conf']) await writeFile(this.path(name), '', { flag: 'a', mode: 0o644 });
    const ours: Array<[string, string]> = [
      ['/etc/hosts', this.path('etc-hosts')],
      ['/etc/resolv.conf', this.path('resolv.conf')],
      [messagePath, message],
    ];
    return ours
      .filter(([containerPath]) => !own.some((mount) => mount.containerPath === containerPath))
      .map(([containerPath, hostPath]) => ({ hostPath, containerPath, readOnly: false }));
  }

  /** What a container left to say, from its file or, where its policy says so, the end of its log. */
  async terminationMessage(container: Container, attempt: number, id: string, exitCode: number): Promise<string> {
    const path = this.messagePath(container.name, attempt);
    const size = await stat(path).then(
      (stats) => stats.size,
      () => 0,
    );
    const text = size > 0 ? (await readFile(path)).subarray(0, messageLimit).toString('utf8') : '';
    if (text || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return text;
    const options = { follow: false, stdout: true, stderr: true, timestamps: false, tailLines: logLines };
    let tail = Buffer.alloc(0);
    for await (const chunk of await this.context.engine.logs(id, options))
      tail = Buffer.concat([tail, chunk as Buffer]).subarray(-logLimit);
    return tail.toString('utf8');
  }

  private messagePath(container: string, attempt: number): string {
    return join(this.folder, 'containers', container, String(attempt));
  }

  private path(name: string): string {
    return join(this.folder, name);
  }
}
