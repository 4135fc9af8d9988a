import type { Pod } from '../../../generated/types';
import type { PrinterColumn } from '../../../kind';
import { isConditionTrue } from '../../../pod-status';
import { ageColumn, nameColumn, none, orNone, textColumn, wide } from '../../shared/columns';
import { summarizePod } from './status-text';

export const podColumns: PrinterColumn<Pod>[] = [
  nameColumn(),
  textColumn('Ready', 'Containers that are ready, of all that run.', (pod, now) => summarizePod(pod, now).ready),
  textColumn(
    'Status',
    'The aggregate state of the containers in this pod.',
    (pod, now) => summarizePod(pod, now).status,
  ),
  textColumn(
    'Restarts',
    'How often containers of this pod were restarted, and when last.',
    (pod, now) => summarizePod(pod, now).restarts,
  ),
  ageColumn(),
  wide(textColumn('IP', 'Address of the pod.', (pod) => orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP))),
  wide(textColumn('Node', 'Node that the pod is bound to.', (pod) => orNone(pod.spec?.nodeName))),
  wide(
    textColumn('Nominated Node', 'Node that preemption makes room on.', (pod) => orNone(pod.status?.nominatedNodeName)),
  ),
  wide(
    textColumn('Readiness Gates', 'Conditions that must hold besides the containers, and how many do.', readinessGates),
  ),
];

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  return `${gates.filter((gate) => isConditionTrue(pod, gate.conditionType)).length}/${gates.length}`;
}
