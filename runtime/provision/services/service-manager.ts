/** The processes of ours that a host runs. */
export type ServiceName = 'orlop-server' | 'orlop-agent';
export const serviceNames: readonly ServiceName[] = ['orlop-server', 'orlop-agent'];

/** Keeps our processes running on a host: systemd where it runs, our own supervisor elsewhere. */
export interface ServiceManager {
  /** Writes what starts the service now and at every start of the host; starts nothing. */
  install(name: ServiceName): Promise<void>;
  /** Starts it, ending the instance that runs; returns when the new one has been started. */
  restart(name: ServiceName): Promise<void>;
  running(name: ServiceName): Promise<boolean>;
  /** Ends it, and everything `install` wrote outside the service's folder. No error where there is nothing. */
  remove(name: ServiceName): Promise<void>;
}
