import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../generated/types';
import type { AnyObject } from '../object';
import type { Resource } from '../resource';

/** Keeps a definition until its objects are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const definitionConditions = {
  namesAccepted: 'NamesAccepted',
  established: 'Established',
  terminating: 'Terminating',
  approved: 'KubernetesAPIApprovalPolicyConformant',
} as const;

export function conditionOf(
  { status }: CustomResourceDefinition,
  type: string,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Whether its objects are served. */
export function isEstablished(definition: CustomResourceDefinition): boolean {
  return conditionOf(definition, definitionConditions.established)?.status === 'True';
}

/** Whether it goes as soon as its objects are gone: none may be created any more. */
export function isTerminating(definition: CustomResourceDefinition): boolean {
  return definition.metadata.deletionTimestamp !== undefined;
}

/** The resource of a version of a definition. */
export function customResource(definition: CustomResourceDefinition, version: string): Resource<AnyObject> {
  const { group, names, scope } = definition.spec;
  const { kind } = acceptedNames(definition);
  return { group, version, kind, plural: names.plural, namespaced: scope === 'Namespaced' };
}

/** The names it is served under. Names that another definition took first are not among them. */
export function acceptedNames({ spec, status }: CustomResourceDefinition): CustomResourceDefinitionNames {
  const accepted = status?.acceptedNames;
  return accepted?.plural && accepted.kind ? accepted : spec.names;
}
