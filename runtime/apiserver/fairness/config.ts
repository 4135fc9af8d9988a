import type { FlowSchema, PriorityLevelConfiguration } from '../../kube/generated/types/flowcontrol-v1';
import { builtInFlowSchemas, builtInPriorityLevels } from '../../kube/kinds/flowcontrol';

/** How many seats a priority level has and what becomes of requests beyond them. */
export interface LevelConfig {
  name: string;
  uid: string;
  /** Requests neither wait nor count. */
  exempt: boolean;
  shares: number;
  /** Part of the seats, in percent, that others may use while they are free. */
  lendablePercent: number;
  /** Seats that may be borrowed, in percent of the level's own; undefined is no bound. */
  borrowingLimitPercent: number | undefined;
  /** Undefined: what finds no seat is rejected. */
  queuing: { perFlow: number; total: number } | undefined;
}

export interface FairnessConfig {
  levels: ReadonlyMap<string, LevelConfig>;
  /** In the order in which they are tried; each one's level is in `levels`. */
  schemas: readonly FlowSchema[];
}

/** Without these requests would have nowhere to go, so that they stand even where their objects do not. */
const mandatory = ['exempt', 'catch-all'];

/**
 * What the objects say, and what Kubernetes has in every cluster where they do not: `exempt` and `catch-all`. A
 * FlowSchema whose priority level does not exist is left out.
 */
export function fairnessConfig(
  flowSchemas: readonly FlowSchema[],
  priorityLevels: readonly PriorityLevelConfiguration[],
): FairnessConfig {
  const levels = new Map<string, LevelConfig>();
  for (const level of withMandatory(priorityLevels, builtInPriorityLevels)) {
    levels.set(level.metadata.name ?? '', levelConfig(level));
  }
  const schemas = withMandatory(flowSchemas, builtInFlowSchemas)
    .filter(({ spec }) => levels.has(spec?.priorityLevelConfiguration.name ?? ''))
    .sort((a, b) => precedenceOf(a) - precedenceOf(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  return { levels, schemas };
}

function withMandatory<T extends { metadata: { name?: string } }>(given: readonly T[], builtIn: readonly T[]): T[] {
  const names = new Set(given.map(({ metadata }) => metadata.name));
  const missing = mandatory.filter((name) => !names.has(name));
  return [...given, ...builtIn.filter(({ metadata }) => missing.includes(metadata.name ?? ''))];
}

const precedenceOf = ({ spec }: FlowSchema) => spec?.matchingPrecedence || 1000;

function levelConfig({ metadata, spec }: PriorityLevelConfiguration): LevelConfig {
  const { name = '', uid = '' } = metadata;
  const isExempt = spec?.type === 'Exempt';
  const limited = isExempt ? spec.exempt : spec?.limited;
  const queuing = spec?.limited?.limitResponse?.type === 'Queue' ? spec.limited.limitResponse.queuing : undefined;
  const queues = queuing?.queues || 64;
  const length = queuing?.queueLengthLimit || 50;
  return {
    name,
    uid,
    exempt: isExempt,
    shares: limited?.nominalConcurrencyShares ?? (isExempt ? 0 : 30),
    lendablePercent: limited?.lendablePercent ?? 0,
    borrowingLimitPercent: spec?.limited?.borrowingLimitPercent,
    queuing: queuing && {
      // Kubernetes deals a flow so many of the queues; here each flow has one queue of that length to itself.
      perFlow: Math.min(queuing.handSize || 8, queues) * length,
      total: queues * length,
    },
  };
}
