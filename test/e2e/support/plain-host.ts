import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeContainer } from '../../../runtime/node-image/capabilities';
import { command, repository } from './project';
import { eventually } from './wait';

const image = 'orlop-e2e-plain-host';

/** A key pair for SSH in the folder; returns the private key's file. */
export function sshKey(folder: string): string {
  const file = join(folder, 'plain-host.ed25519');
  execFileSync('rm', ['-f', file, `${file}.pub`]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return file;
}

/** A machine that no stack made: Debian with Docker and an SSH server, and nothing else. It happens to be a container. */
export class PlainHost {
  private constructor(
    readonly name: string,
    /** Port on 127.0.0.1 that leads to its SSH. */
    readonly sshPort: number,
  ) {}

  /** @param publish ports of the host that answer on 127.0.0.1 as well */
  static async start(name: string, keyFile: string, network: string, publish: number[] = []): Promise<PlainHost> {
    const context = join(repository, 'test/e2e/fixture/plain-host');
    await must('docker', ['build', '--quiet', '--tag', image, context]);
    await PlainHost.removeNamed(name);
    await must('docker', [
      'run',
      '--detach',
      `--name=${name}`,
      `--hostname=${name}`,
      `--network=${network}`,
      ...nodeContainer.capabilities.map((each) => `--cap-add=${each}`),
      ...nodeContainer.securityOptions.map((each) => `--security-opt=${each}`),
      '--cgroupns=private',
      ...Object.entries(nodeContainer.tmpfs).map(([path, options]) => `--tmpfs=${path}:${options}`),
      '--volume=/var/lib/docker',
      `--env=AUTHORIZED_KEY=${readFileSync(`${keyFile}.pub`, 'utf8').trim()}`,
      '--publish=127.0.0.1::22',
      ...publish.map((port) => `--publish=127.0.0.1:${port}:${port}`),
      image,
    ]);
    const published = await must('docker', ['port', name, '22']);
    const host = new PlainHost(name, Number(published.trim().split(':').at(-1)));
    await eventually(`Docker on ${name}`, async () => (await host.run('docker version')).code === 0);
    return host;
  }

  run(script: string) {
    return command('docker', ['exec', this.name, 'sh', '-c', script]);
  }

  /** What a node leaves its marks in: programs installed count as the host's own. */
  async marks(): Promise<string[]> {
    const { stdout } = await this.run(`
      ls -d /var/lib/orlop /etc/systemd/system/orlop* 2>/dev/null
      docker ps --all --quiet
      ip -o link | grep -oE '(orl[0-9a-f]+|orlop[0-9a-z-]+)[@:]'
      ip route | grep 10.42.
      nft list tables | grep orlop
      iptables -S | grep orlop
      ps ax -o args= | grep -E '(services|current)/[o]rlop'
      mount | grep orlop`);
    return stdout.split('\n').filter(Boolean);
  }

  remove(): Promise<void> {
    return PlainHost.removeNamed(this.name);
  }

  private static async removeNamed(name: string): Promise<void> {
    await command('docker', ['rm', '--force', '--volumes', name]);
  }
}

async function must(file: string, args: string[]): Promise<string> {
  const result = await command(file, args);
  if (result.code !== 0) throw new Error(`${file} ${args[0]}: ${result.stderr}`);
  return result.stdout;
}
