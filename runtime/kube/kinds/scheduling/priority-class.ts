import { forbidden } from '../../field-errors';
import type { PriorityClass } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { priorityClasses } from '../../resource';
import { highestUserPriority, systemPriorityClasses } from '../../well-known';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty, defaultTo } from '../shared/defaulting';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkWord } from '../shared/values';

const systemPrefix = 'system-';
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

export const priorityClassKind: Kind<PriorityClass> = {
  resource: priorityClasses,
  singular: 'priorityclass',
  shortNames: ['pc'],
  categories: [],
  schema: builtInSchema(priorityClasses),
  subresources: {},
  applyDefaults(priorityClass) {
    defaultTo(priorityClass, 'value', 0);
    defaultEmpty(priorityClass, 'preemptionPolicy', 'PreemptLowerPriority');
  },
  prepareForCreate(priorityClass) {
    priorityClass.metadata.generation = 1;
  },
  validate: (priorityClass) => [
    ...checkObjectMeta(priorityClass.metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkValue(priorityClass),
    ...checkWord('preemptionPolicy', priorityClass.preemptionPolicy, preemptionPolicies),
  ],
  validateUpdate: ({ metadata, value, preemptionPolicy }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...(value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...checkImmutable('preemptionPolicy', preemptionPolicy, old.preemptionPolicy),
  ],
  refuseDelete: ({ metadata }) =>
    Object.hasOwn(systemPriorityClasses, metadata.name ?? '')
      ? 'this is a system priority class and cannot be deleted'
      : undefined,
  columns: [
    nameColumn(),
    integerColumn('Value', 'The priority that pods of the class get.', ({ value }) => value ?? 0),
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods that name no class get this one.',
      priority: 0,
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn(),
    textColumn(
      'PreemptionPolicy',
      'Whether its pods make room for themselves.',
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
  ],
};

function checkValue({ metadata: { name = '' }, value = 0, globalDefault = false }: PriorityClass): FieldError[] {
  if (!name.startsWith(systemPrefix)) {
    if (value <= highestUserPriority) return [];
    return [forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`)];
  }
  const problem = systemProblem(name, value, globalDefault);
  if (!problem) return [];
  const why = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${problem}`;
  return [forbidden('metadata.name', why)];
}

function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = Object.hasOwn(systemPriorityClasses, name) ? systemPriorityClasses[name] : undefined;
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
