import type { PlanContext } from '../../protocol/resource';
import { Unknown } from '../../protocol/value';
import type { DockerProvider } from '../ownership';
import type { containerSchema } from '../schema/container';

/** Limits that the Engine can change but not take away again. */
const irremovable = ['memory', 'cpu_set', 'cpu_period', 'cpu_quota'] as const;

/** Fills in what a change of a container means for what is computed of it. */
export function planContainer(context: PlanContext<typeof containerSchema.attributes, DockerProvider>): void {
  const { planned, prior, config } = context;
  // Never more than what is configured, so there is nothing to wait for.
  if (config.env === null) planned.env = prior?.env ?? [];
  if (planned.container_logs === Unknown) planned.container_logs = null;
  if (!prior) return;

  for (const name of irremovable) {
    if (prior[name] !== null && planned[name] === null) context.requireReplace([name]);
  }
  const starts = planned.start === true && !(prior.start && (prior.must_run || planned.must_run === false));
  if (!starts) return;
  planned.exit_code = Unknown;
  planned.bridge = Unknown;
  planned.network_data = Unknown;
  const ports = config.ports;
  if (!Array.isArray(planned.ports) || !Array.isArray(ports)) return;
  planned.ports.forEach((port, index) => {
    const configured = ports[index];
    if (port !== Unknown && configured && configured !== Unknown && configured.external === null)
      port.external = Unknown;
  });
}
