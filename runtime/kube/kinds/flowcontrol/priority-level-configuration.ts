import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../generated/types';
import type { FieldError, Kind, PrinterColumn } from '../../kind';
import { priorityLevelConfigurations } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { builtInPriorityLevels, mandatorySpec } from './built-in';
import { checkFlowConditions } from './conditions';

const exemptName = 'exempt';
const maxQueues = 10_000_000;
/** Bits of hash that shuffle sharding has to deal a hand of queues from. */
const hashBits = 60;

export const priorityLevelConfigurationKind: Kind<PriorityLevelConfiguration> = {
  resource: priorityLevelConfigurations,
  singular: 'prioritylevelconfiguration',
  shortNames: [],
  categories: [],
  schema: builtInSchema(priorityLevelConfigurations),
  subresources: { status: true },
  replaceNeedsVersion: true,
  applyDefaults,
  ...specStrategy<PriorityLevelConfiguration>(() => ({})),
  statusKeeps: 'metadata',
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as PriorityLevelConfigurationSpec), metadata.name),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkFlowConditions(status?.conditions),
  ],
  columns: [
    nameColumn(),
    textColumn('Type', 'Whether requests of the level are limited.', ({ spec }) => spec?.type ?? ''),
    figure(
      'NominalConcurrencyShares',
      'Its part of the requests that are served at once.',
      ({ limited, exempt }) => (limited ?? exempt)?.nominalConcurrencyShares,
    ),
    figure('Queues', 'Queues for what has to wait.', ({ limited }) => limited?.limitResponse?.queuing?.queues),
    figure('HandSize', 'Queues of one flow.', ({ limited }) => limited?.limitResponse?.queuing?.handSize),
    figure(
      'QueueLengthLimit',
      'Requests that may wait in a queue.',
      ({ limited }) => limited?.limitResponse?.queuing?.queueLengthLimit,
    ),
    ageColumn(),
  ],
};

function figure(
  name: string,
  description: string,
  value: (spec: Partial<PriorityLevelConfigurationSpec>) => number | undefined,
): PrinterColumn<PriorityLevelConfiguration> {
  return textColumn(name, description, ({ spec }) => value(spec ?? {}) ?? none);
}

function applyDefaults(level: PriorityLevelConfiguration): void {
  const spec = ensure(level, 'spec', () => ({}) as PriorityLevelConfigurationSpec);
  if (spec.type === 'Exempt') {
    const exempt = ensure(spec, 'exempt');
    defaultTo(exempt, 'nominalConcurrencyShares', 0);
    defaultTo(exempt, 'lendablePercent', 0);
  }
  const { limited } = spec;
  if (!limited) return;
  defaultTo(limited, 'nominalConcurrencyShares', 30);
  defaultTo(limited, 'lendablePercent', 0);
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  defaultEmpty(queuing, 'queues', 64);
  defaultEmpty(queuing, 'handSize', 8);
  defaultEmpty(queuing, 'queueLengthLimit', 50);
}

function checkSpec(spec: PriorityLevelConfigurationSpec, name: string | undefined): FieldError[] {
  const { type = '', limited, exempt } = spec;
  const errors: FieldError[] = [];
  if ((name === exemptName) !== (type === 'Exempt')) {
    errors.push(invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  }
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
    errors.push(...checkShares(exempt ?? {}, 'spec.exempt'));
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
    if (!limited) errors.push(required('spec.limited', 'must not be empty when type is Limited'));
    else errors.push(...checkLimited(limited, 'spec.limited'));
  } else errors.push(notSupported('spec.type', type, ['Exempt', 'Limited']));
  return [...errors, ...checkMandatory(spec, name)];
}

/** How much of the server the exempt level may be lent is for administrators to say. */
function checkMandatory(spec: PriorityLevelConfigurationSpec, name: string | undefined): FieldError[] {
  const fixed = mandatorySpec(builtInPriorityLevels, name);
  if (!fixed || equalJson(spec, name === exemptName ? { ...fixed, exempt: spec.exempt } : fixed)) return [];
  return [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
}

function checkShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 }: ExemptPriorityLevelConfiguration,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (shares < 0) errors.push(invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  if (lendable < 0 || lendable > 100) {
    errors.push(invalid(`${field}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive'));
  }
  return errors;
}

function checkLimited(limited: LimitedPriorityLevelConfiguration, field: string): FieldError[] {
  const borrowing = limited.borrowingLimitPercent;
  return [
    ...checkShares(limited, field),
    ...checkResponse(limited.limitResponse ?? ({} as LimitResponse), `${field}.limitResponse`),
    ...(borrowing !== undefined && borrowing < 0
      ? [invalid(`${field}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer')]
      : []),
  ];
}

function checkResponse({ type = '', queuing }: LimitResponse, field: string): FieldError[] {
  const at = `${field}.queuing`;
  if (type === 'Reject') {
    return queuing ? [forbidden(at, 'must be nil if limited.limitResponse.type is not Limited')] : [];
  }
  if (type !== 'Queue') return [notSupported(`${field}.type`, type, ['Queue', 'Reject'])];
  return queuing
    ? checkQueuing(queuing, at)
    : [required(at, 'must not be empty if limited.limitResponse.type is Limited')];
}

function checkQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration, field: string) {
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0) errors.push(invalid(`${field}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(`${field}.queues`, queues, 'must be positive'));
  else if (queues > maxQueues) {
    errors.push(invalid(`${field}.queues`, queues, `must not be greater than ${maxQueues}`));
  }
  return [...errors, ...checkHand(queues, handSize, `${field}.handSize`)];
}

function checkHand(queues: number, handSize: number, field: string): FieldError[] {
  if (handSize <= 0) return [invalid(field, handSize, 'must be positive')];
  if (handSize > queues) return [invalid(field, handSize, `should not be greater than queues (${queues})`)];
  if (Math.ceil(Math.log2(queues) * handSize) <= hashBits) return [];
  const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
  return [invalid(field, handSize, detail)];
}
