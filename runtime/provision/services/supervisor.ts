import type { Connection } from '../connection';
import { type HostStep, mustRun } from '../host-run';
import { runningScript, startScript, stopScript, superviseScript } from './scripts';
import type { ServiceManager, ServiceName } from './service-manager';

/** Our own supervisor, for hosts without systemd (node containers, mostly): a shell script per service. */
export class Supervisor implements ServiceManager {
  constructor(
    private readonly connection: Connection,
    private readonly servicesDir: string,
  ) {}

  async install(name: ServiceName): Promise<void> {
    await this.connection.upload(superviseScript, `${this.servicesDir}/${name}/supervise`, { mode: 0o755 });
  }

  async restart(name: ServiceName): Promise<void> {
    await this.script(stopScript, name, `stopping ${name}`);
    await this.script(startScript, name, `starting ${name}`);
  }

  async running(name: ServiceName): Promise<boolean> {
    const { code } = await this.connection.run(['sh', '-c', runningScript, 'sh', `${this.servicesDir}/${name}`]);
    return code === 0;
  }

  async remove(name: ServiceName): Promise<void> {
    await this.script(stopScript, name, `stopping ${name}`);
  }

  private async script(text: string, name: ServiceName, what: HostStep): Promise<void> {
    await mustRun(this.connection, ['sh', '-c', text, 'sh', `${this.servicesDir}/${name}`], what);
  }
}
