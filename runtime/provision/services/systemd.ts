import type { Connection } from '../connection';
import { mustRun } from '../host-run';
import { unitFile } from './scripts';
import type { ServiceManager, ServiceName } from './service-manager';

/** systemd as the keeper of our processes. */
export class Systemd implements ServiceManager {
  constructor(
    private readonly connection: Connection,
    private readonly root: string,
    private readonly unitsDir = '/etc/systemd/system',
  ) {}

  async install(name: ServiceName): Promise<void> {
    await this.connection.upload(unitFile(name, this.root), this.unitPath(name), { mode: 0o644 });
    await mustRun(this.connection, ['systemctl', 'daemon-reload'], 'reloading systemd');
    await mustRun(this.connection, ['systemctl', 'enable', `${name}.service`], `enabling ${name}`);
  }

  async restart(name: ServiceName): Promise<void> {
    await mustRun(this.connection, ['systemctl', 'restart', `${name}.service`], `starting ${name}`);
  }

  async running(name: ServiceName): Promise<boolean> {
    const { code } = await this.connection.run(['systemctl', 'is-active', '--quiet', `${name}.service`]);
    return code === 0;
  }

  async remove(name: ServiceName): Promise<void> {
    const known = await this.connection.run(['test', '-e', this.unitPath(name)]);
    if (known.code !== 0) return;
    await mustRun(this.connection, ['systemctl', 'disable', '--now', `${name}.service`], `stopping ${name}`);
    await mustRun(this.connection, ['rm', '-f', '--', this.unitPath(name)], `removing the unit of ${name}`);
    await mustRun(this.connection, ['systemctl', 'daemon-reload'], 'reloading systemd');
  }

  private unitPath(name: ServiceName): string {
    return `${this.unitsDir}/${name}.service`;
  }
}
