import type { Container, Probe } from '../../kube/generated/types';
import type { Clock } from '../../util/clock';
import type { ContainerHealth } from '../pod/pod-state';
import type { Checker, CheckTarget } from './checker';
import { ProbeWorker } from './probe-worker';

export interface ContainerProbesOptions {
  target: CheckTarget;
  clock: Clock;
  check: Checker;
  startedAt: number;
  /** What was known before a restart of the agent, so that a ready container stays ready. */
  initial?: Pick<ContainerHealth, 'started' | 'ready'>;
  onChange(health: ContainerHealth): void;
  onEvent(reason: string, message: string): void;
}

/** The probes of one running container: the startup probe first, liveness and readiness after it. */
export class ContainerProbes {
  readonly health: ContainerHealth;
  private readonly workers: ProbeWorker[] = [];
  private readonly container: Container;

  constructor(private readonly options: ContainerProbesOptions) {
    this.container = options.target.container;
    const { startupProbe, readinessProbe } = this.container;
    const { initial } = options;
    this.health = {
      started: startupProbe === undefined || (initial?.started ?? false),
      ready: readinessProbe === undefined || (initial?.ready ?? false),
    };
    if (startupProbe && !this.health.started) this.startUp(startupProbe);
    else this.watch();
  }

  stop(): void {
    for (const worker of this.workers) worker.stop();
  }

  private startUp(probe: Probe): void {
    const worker = this.probe(probe, 'Startup', true, (ok, message) => {
      worker.stop();
      if (ok) {
        this.health.started = true;
        this.watch();
        this.changed();
      } else this.unhealthy('startup', probe, message);
    });
  }

  private watch(): void {
    const { livenessProbe, readinessProbe } = this.container;
    if (livenessProbe)
      this.probe(livenessProbe, 'Liveness', false, (ok, message) => {
        if (!ok) this.unhealthy('liveness', livenessProbe, message);
      });
    if (readinessProbe)
      this.probe(readinessProbe, 'Readiness', !this.health.ready, (ok) => {
        if (this.health.ready === ok) return;
        this.health.ready = ok;
        this.changed();
      });
  }

  private unhealthy(kind: string, probe: Probe, _message: string): void {
    this.health.ready = false;
    this.health.unhealthy = {
      reason: `Container ${this.container.name} failed ${kind} probe, will be restarted`,
      graceSeconds: probe.terminationGracePeriodSeconds,
    };
    this.stop();
    this.changed();
  }

  private probe(
    probe: Probe,
    kind: string,
    eager: boolean,
    onResult: (ok: boolean, message: string) => void,
  ): ProbeWorker {
    const { target, clock, check, startedAt } = this.options;
    const worker = new ProbeWorker({
      probe,
      target,
      clock,
      check,
      age: clock.now() - startedAt,
      // A command costs 50 ms of a core: not run more often than asked for.
      eager: eager && probe.exec === undefined,
      onResult,
      onFailure: (message) => this.options.onEvent('Unhealthy', `${kind} probe failed: ${message}`),
    });
    this.workers.push(worker);
    return worker;
  }

  private changed(): void {
    this.options.onChange(this.health);
  }
}
