import { conditionOf, definitionConditions } from '../../kube/custom';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '../../kube/generated/types';

/** Names that are taken in a group already: of resources (plural, singular, short) and of kinds. */
export interface TakenNames {
  resources: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
}

/** What a definition takes of its group. */
export function namesTaken(definitions: readonly CustomResourceDefinition[]): TakenNames {
  const accepted = definitions.map(({ status }) => status?.acceptedNames);
  return {
    resources: new Set(
      accepted.flatMap((names) => [names?.plural, names?.singular, ...(names?.shortNames ?? [])].filter(isName)),
    ),
    kinds: new Set(accepted.flatMap((names) => [names?.kind, names?.listKind].filter(isName))),
  };
}

function isName(name: string | undefined): name is string {
  return Boolean(name);
}

/**
 * The status that a definition is to have: a name that is free is accepted, one that another has taken leaves the one
 * that was accepted before. Once established, a definition stays so.
 */
export function desiredStatus(
  definition: CustomResourceDefinition,
  taken: TakenNames,
  now: string,
): CustomResourceDefinitionStatus {
  const { names, conflict } = accept(definition, taken);
  const established = conditionOf(definition, definitionConditions.established)?.status === 'True';
  const conditions = [
    conflict ?? namesFree,
    established || !conflict ? initialNames : notAccepted,
    ...approval(definition),
  ].reduce((list, condition) => withCondition(list, condition, now), definition.status?.conditions ?? []);
  return { ...definition.status, acceptedNames: names, conditions };
}

type Condition = Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>;

const namesFree: Condition = {
  type: definitionConditions.namesAccepted,
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};
const initialNames: Condition = {
  type: definitionConditions.established,
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const notAccepted: Condition = {
  type: definitionConditions.established,
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};

function accept(
  definition: CustomResourceDefinition,
  { resources, kinds }: TakenNames,
): { names: CustomResourceDefinitionNames; conflict?: Condition } {
  const wanted = definition.spec.names;
  const before = definition.status?.acceptedNames;
  const names: CustomResourceDefinitionNames = { plural: before?.plural ?? '', kind: before?.kind ?? '', ...before };
  let conflict: Condition | undefined;
  const tell = (reason: string, message: string) => {
    conflict ??= { type: definitionConditions.namesAccepted, status: 'False', reason, message };
  };
  const take = <K extends 'plural' | 'singular' | 'kind' | 'listKind'>(field: K, used: ReadonlySet<string>) => {
    const name = wanted[field];
    if (name === undefined || name === '') return;
    if (used.has(name))
      tell(`${field[0]?.toUpperCase()}${field.slice(1)}Conflict`, `${JSON.stringify(name)} is already in use`);
    else names[field] = name;
  };
  take('plural', resources);
  take('singular', resources);
  const shortNames = wanted.shortNames ?? [];
  const busy = shortNames.filter((name) => resources.has(name));
  if (busy.length)
    tell('ShortNamesConflict', busy.map((name) => `${JSON.stringify(name)} is already in use`).join(', '));
  else if (shortNames.length) names.shortNames = shortNames;
  else delete names.shortNames;
  take('kind', kinds);
  take('listKind', kinds);
  if (wanted.categories?.length) names.categories = wanted.categories;
  else delete names.categories;
  return { names, conflict };
}

/** Groups that are Kubernetes' own say who approved of them. */
function approval({ metadata, spec }: CustomResourceDefinition): Condition[] {
  const isProtected = ['k8s.io', 'kubernetes.io'].some(
    (domain) => spec.group === domain || spec.group.endsWith(`.${domain}`),
  );
  const text = metadata.annotations?.['api-approved.kubernetes.io'];
  if (!isProtected || !text) return [];
  const type = definitionConditions.approved;
  return text.startsWith('unapproved')
    ? [{ type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(text)}` }]
    : [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${text}` }];
}

/** The conditions with one set; its time moves only when its status does. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: Condition,
  now: string,
): CustomResourceDefinitionCondition[] {
  const known = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : now;
  const next = { ...condition, lastTransitionTime };
  return known ? conditions.map((each) => (each === known ? next : each)) : [...conditions, next];
}
