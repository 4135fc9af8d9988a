import type { Pod, PodSpec } from '../../kube/generated/types';
import { systemPriorityClasses } from '../../kube/well-known';
import { type AdmissionPlugin, type AdmissionRequest, refuse, writesPod } from './plugin';

const defaultPriority = 0;
const defaultPreemptionPolicy = 'PreemptLowerPriority';

/** Turns a pod's priority class into its priority. Besides the system's own classes there are none to name. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit(request) {
    const spec = (request.object as Pod | undefined)?.spec;
    if (!writesPod(request) || !spec) return;
    if (request.operation === 'CREATE') setPriority(request, spec);
    if (request.operation === 'UPDATE') keepPriority(spec, (request.oldObject as Pod | undefined)?.spec);
  },
};

function setPriority(request: AdmissionRequest, spec: PodSpec): void {
  const name = spec.priorityClassName;
  const value = name ? systemPriorityClasses[name] : defaultPriority;
  if (value === undefined) throw refuse(request, `no PriorityClass with name ${name} was found`);
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw refuse(request, why);
  }
  spec.priority = value;
  spec.preemptionPolicy ??= defaultPreemptionPolicy;
}

/** An update that leaves out what was computed keeps it. */
function keepPriority(spec: PodSpec, old: PodSpec | undefined): void {
  spec.priority ??= old?.priority;
  spec.preemptionPolicy ??= old?.preemptionPolicy;
}
