import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../../client/client';
import type { Pod, PodStatus } from '../../kube/generated/types';
import { type DeepPartial, keyOf } from '../../kube/object';
import { pods } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';

export const fieldManager = 'orlop-agent';

/** How long a status that only says "being made" waits for the one that says more. */
const soonMilliseconds = 500;
const firstRetry = 500;
const longestRetry = 10_000;

interface Entry {
  pod: Pod;
  wanted: PodStatus;
  /** What the server has of ours. */
  sent?: PodStatus;
  sending: boolean;
  retry: number;
  timer?: Timer;
}

/**
 * Keeps the server's pod statuses as they were last reported. One write a pod at a time, always the newest, none that
 * changes nothing; while the server is away the newest waits.
 */
export class StatusWriter {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly client: ApiClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  report(pod: Pod, status: PodStatus, urgency: 'now' | 'soon'): void {
    const uid = pod.metadata.uid ?? '';
    const entry = this.entries.get(uid) ?? {
      pod,
      wanted: status,
      sent: ownPart(pod.status, status),
      sending: false,
      retry: 0,
    };
    this.entries.set(uid, entry);
    entry.pod = pod;
    entry.wanted = plain(keepTransitionTimes(status, entry.sent));
    if (isSame(entry) || entry.sending) return;
    if (urgency === 'now') void this.send(uid, entry);
    else entry.timer ??= this.clock.after(soonMilliseconds, () => void this.send(uid, entry));
  }

  /** The pod is gone: nothing is written of it any more. */
  forget(podUid: string): void {
    this.entries.get(podUid)?.timer?.cancel();
    this.entries.delete(podUid);
  }

  close(): void {
    for (const uid of [...this.entries.keys()]) this.forget(uid);
  }

  private async send(uid: string, entry: Entry): Promise<void> {
    entry.timer?.cancel();
    entry.timer = undefined;
    if (entry.sending || this.entries.get(uid) !== entry) return;
    entry.sending = true;
    const { pod, wanted } = entry;
    try {
      // The uid keeps the write away from another pod of the same name.
      const body = { metadata: { uid }, status: patchOf(wanted) } as DeepPartial<Pod>;
      const key = { namespace: pod.metadata.namespace, name: pod.metadata.name ?? '' };
      await this.client.patch(pods, key, { type: 'strategic', body }, { subresource: 'status', fieldManager });
      entry.sent = wanted;
      entry.retry = 0;
    } catch (error) {
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict')) return this.forget(uid);
      entry.retry = Math.min(longestRetry, Math.max(firstRetry, entry.retry * 2));
      const message = error instanceof Error ? error.message : String(error);
      this.logger.debug({ pod: keyOf(pod), error: message }, 'status not written');
    } finally {
      entry.sending = false;
    }
    if (this.entries.get(uid) !== entry || isSame(entry)) return;
    if (entry.retry === 0) void this.send(uid, entry);
    else entry.timer ??= this.clock.after(entry.retry, () => void this.send(uid, entry));
  }
}

/** A strategic merge keeps what a patch does not name: the reason of a condition that holds again is taken away. */
function patchOf(status: PodStatus): DeepPartial<PodStatus> {
  const conditions = status.conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
  return { ...status, conditions } as DeepPartial<PodStatus>;
}

/** Whether the server has what is wanted. A condition that is no longer ours to write is not taken away. */
function isSame({ wanted, sent }: Entry): boolean {
  if (!sent) return false;
  const types = new Set((wanted.conditions ?? []).map(({ type }) => type));
  const conditions = sent.conditions?.filter(({ type }) => types.has(type));
  return isDeepStrictEqual(wanted, { ...sent, conditions });
}

/** The fields of the server's status that we write, so that what it has already is not written again. */
function ownPart(server: PodStatus | undefined, status: PodStatus): PodStatus | undefined {
  if (!server) return undefined;
  const types = new Set((status.conditions ?? []).map(({ type }) => type));
  const fields = Object.keys(status) as Array<keyof PodStatus>;
  const own = Object.fromEntries(fields.map((field) => [field, server[field]])) as PodStatus;
  const theirs = new Map((server.conditions ?? []).map((condition) => [condition.type, condition]));
  own.conditions = [...types].map((type) => theirs.get(type)).filter((condition) => condition !== undefined);
  return plain(own);
}

function keepTransitionTimes(status: PodStatus, sent: PodStatus | undefined): PodStatus {
  const conditions = status.conditions?.map((condition) => {
    const old = sent?.conditions?.find(({ type }) => type === condition.type);
    return old?.status === condition.status ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  });
  return { ...status, conditions };
}

/** Without the undefined fields, as it comes out of JSON. */
function plain(status: PodStatus): PodStatus {
  return JSON.parse(JSON.stringify(status)) as PodStatus;
}
