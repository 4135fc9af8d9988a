import type { Pod, PodSpec, PriorityClass } from '../../../kube/generated/types';
import { pods, priorityClasses } from '../../../kube/resource';
import { systemPriorityClasses } from '../../../kube/well-known';
import { type AdmissionPlugin, type AdmissionRequest, isOf, refuse, writes } from '../plugin';

/** What a pod gets of its class. */
interface Granted {
  name: string;
  value: number;
  preemptionPolicy: string;
}

const defaultPreemptionPolicy = 'PreemptLowerPriority';
const classless: Granted = { name: '', value: 0, preemptionPolicy: defaultPreemptionPolicy };

/** Turns a pod's priority class into its priority, and keeps the default class to one. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate(request) {
    const spec = (request.object as Pod | undefined)?.spec;
    if (!isOf(request, pods) || !spec) return;
    if (request.operation === 'CREATE' && !request.subresource) setPriority(request, spec);
    if (request.operation === 'UPDATE') keepPriority(spec, (request.oldObject as Pod | undefined)?.spec);
  },
  validate(request) {
    if (!writes(request, priorityClasses) || request.operation === 'DELETE') return;
    const { object, name, lookups } = request;
    if (!(object as PriorityClass | undefined)?.globalDefault) return;
    const all = lookups.list(priorityClasses);
    if (all === 'unknown') return;
    const other = all.find((known) => known.globalDefault && known.metadata.name !== name);
    if (!other) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw refuse(request, why);
  },
};

function setPriority(request: AdmissionRequest, spec: PodSpec): void {
  const granted = grantedTo(request, spec.priorityClassName);
  if (granted === 'unknown') return;
  const { name, value, preemptionPolicy } = granted;
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw refuse(request, why);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`;
    throw refuse(request, why);
  }
  if (name) spec.priorityClassName = name;
  spec.priority = value;
  spec.preemptionPolicy = preemptionPolicy;
}

/** Of a class that only the cluster knows: `unknown` without one. */
function grantedTo(request: AdmissionRequest, name: string | undefined): Granted | 'unknown' {
  if (!name) return defaultClass(request);
  const system = systemPriorityClasses[name];
  if (system !== undefined) return { name, value: system, preemptionPolicy: defaultPreemptionPolicy };
  const found = request.lookups.get(priorityClasses, { name });
  if (found === 'unknown') return found;
  if (found === 'missing') throw refuse(request, `no PriorityClass with name ${name} was found`);
  return grantOf(found);
}

/** Of several classes that say they are the default, the lowest is. */
function defaultClass({ lookups }: AdmissionRequest): Granted | 'unknown' {
  const all = lookups.list(priorityClasses);
  if (all === 'unknown') return classless;
  const [lowest] = all.filter(({ globalDefault }) => globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
  return lowest ? grantOf(lowest) : classless;
}

function grantOf({ metadata, value = 0, preemptionPolicy = defaultPreemptionPolicy }: PriorityClass): Granted {
  return { name: metadata.name ?? '', value, preemptionPolicy };
}

/** An update that leaves out what was computed keeps it. */
function keepPriority(spec: PodSpec, old: PodSpec | undefined): void {
  spec.priority ??= old?.priority;
  spec.preemptionPolicy ??= old?.preemptionPolicy;
}
