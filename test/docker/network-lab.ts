import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node } from '../../runtime/kube/generated/types';
import { type Exec, systemExec } from '../../runtime/network/exec';
import { LinuxNetwork, type LinuxNetworkOptions } from '../../runtime/network/linux-network';
import { silentLogger } from '../../runtime/util/logger';

const script = join(__dirname, 'pod-server.cjs');

function run(...argv: string[]): string {
  return execFileSync(argv[0] as string, argv.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Nodes that are network namespaces of this machine, joined by a router: no Docker needed, only root. */
export class NetworkLab {
  readonly id = randomBytes(2).toString('hex');
  private readonly folder = mkdtempSync(join(tmpdir(), 'orlop-network-'));
  private readonly router = `orlop-${this.id}-router`;
  private readonly namespaces: string[] = [];
  private readonly processes: ChildProcess[] = [];

  constructor() {
    this.makeNamespace(this.router);
    run('ip', 'netns', 'exec', this.router, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
  }

  /** A node at `172.31.<link>.<number>`; nodes of one link reach one another directly, others through the router. */
  addNode(name: string, link: number, number: number, options: Partial<LinuxNetworkOptions> = {}): LabNode {
    const namespace = this.makeNamespace(`orlop-${this.id}-${name}`);
    const ip = `172.31.${link}.${number}`;
    const inRouter = (...argv: string[]) => run('ip', 'netns', 'exec', this.router, ...argv);
    if (!inRouter('ip', '-br', 'link').includes(`link${link} `)) {
      inRouter('ip', 'link', 'add', `link${link}`, 'type', 'bridge');
      inRouter('ip', 'addr', 'add', `172.31.${link}.1/24`, 'dev', `link${link}`);
      inRouter('ip', 'link', 'set', `link${link}`, 'up');
    }
    const port = `${name}p`;
    inRouter('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    inRouter('ip', 'link', 'set', port, 'master', `link${link}`, 'up');
    const inNode = (...argv: string[]) => run('ip', '-n', namespace, ...argv);
    inNode('addr', 'add', `${ip}/24`, 'dev', 'eth0');
    inNode('link', 'set', 'eth0', 'up');
    inNode('route', 'add', 'default', 'via', `172.31.${link}.1`);
    return new LabNode(this, name, namespace, ip, join(this.folder, name), options);
  }

  /** A host outside the cluster. */
  outsider(link: number): LabNode {
    return this.addNode('outside', link, 99);
  }

  start(argv: string[]): ChildProcess {
    const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.processes.push(child);
    return child;
  }

  close(): void {
    for (const child of this.processes) child.kill('SIGKILL');
    for (const namespace of this.namespaces) run('ip', 'netns', 'del', namespace);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private makeNamespace(name: string): string {
    run('ip', 'netns', 'add', name);
    run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    this.namespaces.push(name);
    return name;
  }
}

export class LabNode {
  /** How many programs the network has run. */
  executed = 0;

  constructor(
    private readonly lab: NetworkLab,
    readonly name: string,
    readonly namespace: string,
    readonly ip: string,
    readonly dataDir: string,
    private readonly options: Partial<LinuxNetworkOptions>,
  ) {}

  readonly exec: Exec = (argv, options) => {
    this.executed++;
    return systemExec(['nsenter', `--net=/run/netns/${this.namespace}`, ...argv], options);
  };

  /** The network of this node, as a new agent process has it. */
  network(more: Partial<LinuxNetworkOptions> = {}): LinuxNetwork {
    return new LinuxNetwork({
      nodeName: this.name,
      nodeIp: this.ip,
      clusterDns: '10.43.0.10',
      dataDir: this.dataDir,
      logger: silentLogger,
      exec: this.exec,
      ...this.options,
      ...more,
    });
  }

  object(podCidr: string): Node {
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: this.name },
      spec: { podCIDR: podCidr },
      status: { addresses: [{ type: 'InternalIP', address: this.ip }] },
    };
  }

  /** A process in a network namespace of its own, as a sandbox is. */
  async sandbox(): Promise<number> {
    const child = this.lab.start(['unshare', '-n', 'sh', '-c', 'echo ready; exec sleep 10000']);
    await new Promise((done) => child.stdout?.once('data', done));
    return child.pid as number;
  }

  /** Serves `name` on TCP and UDP in a pod, or on the node itself. */
  async serve(name: string, port: number, pid?: number, host = '0.0.0.0'): Promise<void> {
    const child = this.lab.start([...this.enter(pid), process.execPath, script, 'serve', name, `${port}`, host]);
    await new Promise((done) => child.stdout?.once('data', done));
  }

  /** Opens `count` new flows, one after the other, from a pod or the node itself; the answers. */
  async ask(
    protocol: 'tcp' | 'udp' | 'bulk' | 'slow',
    host: string,
    port: number,
    count = 1,
    pid?: number,
  ): Promise<string[]> {
    const argv = [...this.enter(pid), process.execPath, script, 'ask', protocol, host, `${port}`, `${count}`];
    return JSON.parse(await systemExec(argv)) as string[];
  }

  private enter(pid?: number): string[] {
    return ['nsenter', pid ? `--net=/proc/${pid}/ns/net` : `--net=/run/netns/${this.namespace}`];
  }
}
