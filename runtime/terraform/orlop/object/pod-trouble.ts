import type { HttpApiClient } from '../../../client/http-client';
import type { ContainerStatus, Event, Pod } from '../../../kube/generated/types';
import { events } from '../../../kube/resource';
import type { AttributePath } from '../../protocol/diagnostics';

/** Why one pod does not get ready, in words and with the place in the manifest that has to do with it. */
export interface PodTrouble {
  pod: Pod;
  summary: string;
  /** Waiting any longer will not help: the same will happen again. */
  hopeless: boolean;
  container?: string;
  /** Within the pod's spec. */
  path: AttributePath;
}

const badImage = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const badConfig = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
/** A container that crashed so often right after a start will crash again. */
const crashLimit = 3;

/** The trouble of a pod; undefined when it is ready, over, or simply on its way. */
export function podTrouble(pod: Pod): PodTrouble | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return {
      pod,
      summary: `pod ${name} cannot be placed: ${scheduled.message ?? scheduled.reason}`,
      hopeless: false,
      path: [],
    };
  }
  const groups = [
    ['initContainers', pod.status?.initContainerStatuses ?? []],
    ['containers', pod.status?.containerStatuses ?? []],
  ] as const;
  for (const [list, statuses] of groups) {
    for (const status of statuses) {
      const trouble = containerTrouble(status);
      if (!trouble) continue;
      const index = (pod.spec?.[list] ?? []).findIndex((each) => each.name === status.name);
      return {
        pod,
        summary: `container ${status.name} of pod ${name}${pod.spec?.nodeName ? ` on node ${pod.spec.nodeName}` : ''}: ${trouble.text}`,
        hopeless: trouble.hopeless,
        container: status.name,
        path: index < 0 ? [] : [list, index, ...(trouble.field ? [trouble.field] : [])],
      };
    }
  }
  return undefined;
}

function containerTrouble(status: ContainerStatus): { text: string; hopeless: boolean; field?: string } | undefined {
  const { waiting, terminated } = status.state ?? {};
  if (waiting?.reason && badImage.has(waiting.reason)) {
    return { text: `${waiting.reason}: ${waiting.message ?? `image ${status.image}`}`, hopeless: true, field: 'image' };
  }
  if (waiting?.reason && badConfig.has(waiting.reason)) {
    return {
      text: `${waiting.reason}: ${waiting.message ?? ''}`,
      hopeless: waiting.reason === 'CreateContainerConfigError',
    };
  }
  const last = terminated ?? status.lastState?.terminated;
  const crashed = last && last.exitCode !== 0;
  if (waiting?.reason === 'CrashLoopBackOff' || (crashed && !status.ready)) {
    const why = last ? `${last.reason ?? 'Error'}, exit code ${last.exitCode}` : 'it ended';
    const text = `crashed ${status.restartCount} times (${why})${last?.message ? `: ${last.message}` : ''}`;
    return { text, hopeless: (status.restartCount ?? 0) >= crashLimit };
  }
  if (status.state?.running && !status.ready)
    return { text: 'runs but is not ready', hopeless: false, field: 'readinessProbe' };
  return undefined;
}

/** The pod's last events and the end of its container's log, as lines of a message. Best effort: what cannot be had is left out. */
export async function podEvidence(client: HttpApiClient, { pod, container }: PodTrouble): Promise<string> {
  const { namespace, name } = pod.metadata;
  const parts: string[] = [];
  const recent = await client
    .list(events, { namespace, fieldSelector: `involvedObject.name=${name}` })
    .then(({ items }) => items.sort((a, b) => timeOf(a) - timeOf(b)).slice(-5))
    .catch(() => []);
  if (recent.length > 0) {
    const lines = recent.map(
      ({ type, reason, message, count }) =>
        `  ${type} ${reason}: ${message}${(count ?? 1) > 1 ? ` (${count} times)` : ''}`,
    );
    parts.push(`Last events:\n${lines.join('\n')}`);
  }
  if (container) {
    const log = (await logEnd(client, pod, container, true)) || (await logEnd(client, pod, container, false));
    if (log) parts.push(`End of the log of ${container}:\n${log.replace(/^/gm, '  ')}`);
  }
  return parts.join('\n');
}

async function logEnd(client: HttpApiClient, pod: Pod, container: string, previous: boolean): Promise<string> {
  const { namespace, name } = pod.metadata;
  const query = `container=${encodeURIComponent(container)}&tailLines=10&limitBytes=4096${previous ? '&previous=true' : ''}`;
  try {
    const answer = await client.raw(`/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8').trimEnd();
  } catch {
    return '';
  }
}

function timeOf(event: Event): number {
  return Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '') || 0;
}
