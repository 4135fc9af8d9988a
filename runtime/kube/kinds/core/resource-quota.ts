import { invalid, notSupported, required } from '../../field-errors';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkQualifiedName } from '../../names';
import { type QuantityLike, tryParseQuantity } from '../../quantity';
import { resourceQuotas } from '../../resource';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { atLeastZero, checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const resourceQuotaKind: Kind<ResourceQuota> = {
  resource: resourceQuotas,
  singular: 'resourcequota',
  shortNames: ['quota'],
  categories: [],
  schema: builtInSchema(resourceQuotas),
  subresources: { status: true },
  prepareForCreate(quota) {
    quota.status = {};
  },
  prepareForUpdate(quota, old) {
    quota.status = old.status;
  },
  prepareForStatusUpdate(quota, old) {
    quota.spec = old.spec;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkAmounts(spec?.hard, 'spec.hard'),
    ...checkScopes(spec ?? {}),
    ...checkScopeSelector(spec ?? {}),
  ],
  validateUpdate: (quota, old) => [
    ...checkObjectMetaUpdate(quota.metadata, old.metadata),
    ...checkImmutable('spec.scopes', sorted(quota.spec?.scopes), sorted(old.spec?.scopes)),
  ],
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkAmounts(status?.hard, 'status.hard'),
    ...checkAmounts(status?.used, 'status.used'),
  ],
  columns: [
    nameColumn(),
    textColumn('Request', 'Used and allowed of what is requested or counted.', (quota) => amounts(quota, false)),
    textColumn('Limit', 'Used and allowed of what is limited.', (quota) => amounts(quota, true)),
    ageColumn(),
  ],
};

/** `cpu: 1/4, pods: 3/10`: what is used of what is allowed, of limits or of everything else. */
function amounts({ status }: ResourceQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits') === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? 0}/${hard}`)
    .join(', ');
}

function sorted(scopes: string[] | undefined): string[] {
  return [...(scopes ?? [])].sort();
}

/** Resources of which objects are counted: whole numbers only. */
const counted = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
];
const computed = ['cpu', 'memory', 'ephemeral-storage'];
const standard = new Set([
  ...counted,
  ...computed,
  ...computed.flatMap((name) => [`limits.${name}`, `requests.${name}`]),
  'requests.storage',
]);

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
}

function checkAmounts(list: Record<string, QuantityLike> | undefined, field: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, value]) => {
    const at = `${field}[${name}]`;
    const errors = checked(at, name, checkQualifiedName(name));
    if (errors.length === 0 && !name.includes('/') && !standard.has(name) && !isHugePages(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for quota'));
    }
    const quantity = tryParseQuantity(value);
    if (!quantity) return errors;
    if (quantity.nano < 0n) errors.push(invalid(at, `${value}`, atLeastZero));
    const whole = counted.includes(name) || name.startsWith('count/');
    if (whole && quantity.nano % 1_000_000_000n !== 0n) errors.push(invalid(at, value, 'must be an integer'));
    return errors;
  });
}

const podScopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
];
const standardScopes = [...podScopes, 'VolumeAttributesClass'];
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** Whether a scope, which picks pods (or claims), can apply to the amounts of a resource. */
function scopeFits(scope: string, resource: string): boolean {
  const name = resource.replace(/^(requests|limits)\./, '');
  if (scope === 'VolumeAttributesClass')
    return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
  if (scope === 'BestEffort') return resource === 'pods' || resource === 'count/pods';
  const ofPods = resource === 'pods' || resource === 'count/pods' || computed.includes(name) || isHugePages(resource);
  return ofPods || (resource.startsWith('requests.') && resource.includes('/'));
}

function checkScopes({ scopes = [], hard = {} }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopes';
  if (scopes.length === 0) return [];
  return [
    ...scopes.flatMap((scope) => checkScope(scope, hard, scopes, field)),
    ...checkConflicts(scopes, scopes, field),
  ];
}

function checkScope(scope: string, hard: object, shown: unknown, field: string): FieldError[] {
  if (!standardScopes.includes(scope)) return [invalid(field, shown, 'unsupported scope')];
  return Object.keys(hard).every((name) => scopeFits(scope, name))
    ? []
    : [invalid(field, shown, 'unsupported scope applied to resource')];
}

function checkConflicts(scopes: string[], shown: unknown, field: string): FieldError[] {
  return conflicts
    .filter((pair) => pair.every((scope) => scopes.includes(scope)))
    .map(() => invalid(field, shown, 'conflicting scopes'));
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const existsOnly = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'];

function checkScopeSelector({ scopeSelector, hard = {} }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopeSelector.matchExpressions';
  const terms = scopeSelector?.matchExpressions ?? [];
  const named = terms.filter(({ operator }) => operator === 'Exists').map(({ scopeName }) => scopeName);
  return [
    ...terms.flatMap((term, index) => [
      ...(standardScopes.includes(term.scopeName)
        ? checkScope(term.scopeName, hard, term.scopeName, `${field}.scopeName`)
        : [invalid(`${field}.scopeName`, term.scopeName, 'unsupported scope')]),
      ...checkTerm(term, `${field}[${index}]`),
    ]),
    ...checkConflicts(named, terms, field),
  ];
}

function checkTerm(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  field: string,
): FieldError[] {
  if (!operators.includes(operator)) return [notSupported(`${field}.operator`, operator ?? '', operators)];
  if (existsOnly.includes(scopeName) && operator !== 'Exists') {
    const scopes = '[Terminating, NotTerminating, BestEffort, NotBestEffort, CrossNamespacePodAffinity]';
    const detail = `must be 'Exist' when scope is any of ${scopes}`;
    return [invalid(`${field}.operator`, operator, detail)];
  }
  if (operator === 'In' || operator === 'NotIn') {
    return values.length > 0
      ? []
      : [
          required(
            `${field}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        ];
  }
  return values.length === 0
    ? []
    : [
        invalid(
          `${field}.values`,
          values,
          "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector",
        ),
      ];
}
