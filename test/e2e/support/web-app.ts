import type { HttpApiClient } from '../../../runtime/client/http-client';
import type { ContainerStatus, Pod } from '../../../runtime/kube/generated/types';
import { isPodActive, isPodReady } from '../../../runtime/kube/pod-status';
import { pods } from '../../../runtime/kube/resource';
import { command, type Project } from './project';
import { eventually } from './wait';

/** The Deployment `web` of the shared stack: its pods, their containers and the node containers they run on. */
export class WebApp {
  readonly url: string;

  constructor(
    private readonly project: Project,
    readonly client: HttpApiClient,
  ) {
    this.url = project.state().outputs.url as string;
  }

  /** All its pods, those that go included. */
  async pods(): Promise<Pod[]> {
    const query = { namespace: 'default', labelSelector: 'app.kubernetes.io/name=web' };
    return (await this.client.list(pods, query)).items;
  }

  /** Its ready pods, once there are exactly so many and no other. */
  async settled(replicas = 3, timeoutMs = 90_000): Promise<Pod[]> {
    const { value } = await eventually(
      `${replicas} ready pods and no other`,
      async () => {
        const all = await this.pods();
        return all.length === replicas && all.every((pod) => isPodReady(pod) && isPodActive(pod)) && all;
      },
      timeoutMs,
    );
    return value;
  }

  /** Milliseconds until so many ready pods are there for which `which` holds. */
  async until(what: string, replicas: number, which: (pod: Pod) => boolean, timeoutMs = 60_000): Promise<number> {
    const { ms } = await eventually(
      what,
      async () =>
        (await this.pods()).filter((pod) => isPodReady(pod) && isPodActive(pod) && which(pod)).length >= replicas,
      timeoutMs,
    );
    return ms;
  }

  /** Its ready pods, spread over both agents: what has healed onto one of them is started anew. */
  async spread(): Promise<Pod[]> {
    await this.settled();
    await this.project.kube('rollout', 'restart', 'deployment/web');
    await this.project.kube('rollout', 'status', 'deployment/web', '--timeout=120s');
    const all = await this.settled();
    if (new Set(all.map((pod) => pod.spec?.nodeName)).size !== 2)
      throw new Error('the pods are not spread over two nodes');
    return all;
  }

  /** Runs a program in the container that is the node. */
  async onNode(node: string, ...argv: string[]): Promise<string> {
    const result = await command('docker', ['exec', this.machine(node), ...argv]);
    if (result.code !== 0) throw new Error(`${argv.join(' ')} on ${node} ended with ${result.code}: ${result.stderr}`);
    return result.stdout;
  }

  /** What `docker kill`, `restart` and `start` of the machine do to a node container. */
  async machineDo(node: string, ...action: string[]): Promise<void> {
    const result = await command('docker', [...action, this.machine(node)]);
    if (result.code !== 0) throw new Error(`docker ${action.join(' ')} ${node}: ${result.stderr}`);
  }

  /** Kills the process of a service on a node as a crash would. */
  async crash(node: string, service: 'orlop-server' | 'orlop-agent'): Promise<void> {
    await this.onNode(node, 'sh', '-c', `kill -9 "$(cat /var/lib/orlop/services/${service}/pid)"`);
  }

  private machine(node: string): string {
    return `${this.project.stack}-${node}`;
  }
}

export function web(pod: Pod): ContainerStatus {
  const status = pod.status?.containerStatuses?.find(({ name }) => name === 'web');
  if (!status) throw new Error(`pod ${pod.metadata.name} has no container web`);
  return status;
}

/** The id of a pod's container, as its engine knows it. */
export function containerId(pod: Pod): string {
  return (web(pod).containerID ?? '').replace(/^.*:\/\//, '');
}

/** What nobody may notice changes nothing of: which containers run, since when, and how often they were restarted. */
export function runs(pods: readonly Pod[]): string[] {
  return pods
    .map((pod) => `${pod.metadata.name} ${containerId(pod)} restarts ${web(pod).restartCount} ready ${isPodReady(pod)}`)
    .sort();
}
