import { conditionOf, definitionConditions } from '../../../custom/definition';
import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { CustomResourceConversion, CustomResourceDefinition } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Subdomain } from '../../../names';
import { checked } from '../../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate } from '../../shared/object-meta';
import { checkNames } from './names';
import { checkVersions } from './versions';

const approvalAnnotation = 'api-approved.kubernetes.io';

export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = definition;
  if (!spec) return [required('spec')];
  const named = (name: string) =>
    name === `${spec.names?.plural}.${spec.group}` ? [] : ['must be spec.names.plural+"."+spec.group'];
  return [
    ...checkObjectMeta(metadata, { namespaced: false, name: named, anyFinalizer: true }),
    ...checkGroup(definition),
    ...checkScope(spec.scope),
    ...checkNames(spec.names, 'spec.names'),
    ...checkVersions(spec.versions ?? [], 'spec.versions'),
    ...checkConversion(spec.conversion),
    ...(spec.preserveUnknownFields
      ? [
          invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
  ];
}

function checkGroup({ metadata, spec: { group } }: CustomResourceDefinition): FieldError[] {
  const field = 'spec.group';
  if (!group) return [required(field)];
  const problems = checkDns1123Subdomain(group);
  if (problems.length) return checked(field, group, problems);
  if (!group.includes('.')) return [invalid(field, group, 'should be a domain with at least one dot')];
  const isProtected = ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`));
  const approval = metadata.annotations?.[approvalAnnotation];
  if (!isProtected) return [];
  const at = `metadata.annotations[${approvalAnnotation}]`;
  if (!approval) {
    return [
      required(
        at,
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    ];
  }
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  return [
    invalid(
      at,
      approval,
      'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    ),
  ];
}

function checkScope(scope: string | undefined): FieldError[] {
  if (!scope) return [required('spec.scope')];
  const scopes = ['Cluster', 'Namespaced'];
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)];
}

function checkConversion(conversion: CustomResourceConversion | undefined): FieldError[] {
  const field = 'spec.conversion';
  if (!conversion) return [];
  if (!conversion.strategy) return [required(`${field}.strategy`)];
  if (conversion.strategy === 'Webhook') {
    return [
      invalid(
        `${field}.strategy`,
        'Webhook',
        'conversion by a webhook is not supported by this server; use None, which changes apiVersion alone',
      ),
    ];
  }
  if (conversion.strategy !== 'None') return [notSupported(`${field}.strategy`, conversion.strategy, ['None'])];
  return conversion.webhook
    ? [forbidden(`${field}.webhook`, 'should not be set when strategy is not set to Webhook')]
    : [];
}

export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const { spec } = definition;
  if (!spec) return [];
  const errors = checkObjectMetaUpdate(definition.metadata, old.metadata);
  errors.push(...checkImmutable('spec.group', spec.group, old.spec?.group));
  errors.push(...checkImmutable('spec.names.plural', spec.names?.plural, old.spec?.names?.plural));
  if (conditionOf(old, definitionConditions.established)?.status === 'True') {
    errors.push(...checkImmutable('spec.scope', spec.scope, old.spec?.scope));
    errors.push(...checkImmutable('spec.names.kind', spec.names?.kind, old.spec?.names?.kind));
  }
  return [...errors, ...checkStoredVersions(definition)];
}

export function validateDefinitionStatus(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  return [...checkObjectMetaUpdate(definition.metadata, old.metadata), ...checkStoredVersions(definition)];
}

/** A version in which objects may be stored cannot go while they are. */
function checkStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const field = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalid(field, stored, 'must have at least one stored version')];
  const versions = spec?.versions ?? [];
  const names = versions.map(({ name }) => name);
  const gone = stored.flatMap((name, index) =>
    names.includes(name) ? [] : [invalid(`${field}[${index}]`, name, 'must appear in spec.versions')],
  );
  const storage = versions.find((version) => version.storage)?.name;
  if (storage === undefined || stored.includes(storage)) return gone;
  return [...gone, invalid(field, stored, `must have the storage version ${storage}`)];
}
