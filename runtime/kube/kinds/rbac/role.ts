import { invalid, required } from '../../field-errors';
import type { AggregationRule, ClusterRole, PolicyRule, Role } from '../../generated/types';
import type { FieldError, Kind, PrinterColumn } from '../../kind';
import type { KubeObject } from '../../object';
import { clusterRoles, roles } from '../../resource';
import { nameColumn } from '../shared/columns';
import { checkLabelSelector } from '../shared/labels';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const roleKind: Kind<Role> = {
  resource: roles,
  singular: 'role',
  shortNames: [],
  categories: [],
  schema: builtInSchema(roles),
  subresources: {},
  replaceCreates: true,
  validate: ({ metadata, rules }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.pathSegment }),
    ...checkRules(rules ?? [], true),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [nameColumn(), createdColumn()],
};

export const clusterRoleKind: Kind<ClusterRole> = {
  resource: clusterRoles,
  singular: 'clusterrole',
  shortNames: [],
  categories: [],
  schema: builtInSchema(clusterRoles),
  subresources: {},
  replaceCreates: true,
  validate: ({ metadata, rules, aggregationRule }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.pathSegment }),
    ...checkRules(rules ?? [], false),
    ...(aggregationRule ? checkAggregation(aggregationRule) : []),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [nameColumn(), createdColumn()],
};

function createdColumn<T extends KubeObject>(): PrinterColumn<T> {
  return {
    name: 'Created At',
    type: 'date',
    description: 'When the object was created.',
    priority: 0,
    cell: ({ metadata }) => metadata.creationTimestamp ?? null,
  };
}

function checkRules(rules: PolicyRule[], namespaced: boolean): FieldError[] {
  return rules.flatMap((rule, index) => checkRule(rule, namespaced, `rules[${index}]`));
}

function checkRule(rule: PolicyRule, namespaced: boolean, field: string): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs: urls = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
  if (urls.length > 0) {
    const at = `${field}.nonResourceURLs`;
    if (namespaced) errors.push(invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length || resources.length || resourceNames.length) {
      errors.push(invalid(at, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

function checkAggregation({ clusterRoleSelectors: selectors = [] }: AggregationRule): FieldError[] {
  const field = 'aggregationRule.clusterRoleSelectors';
  if (selectors.length === 0) {
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap((selector, index) => checkLabelSelector(selector, `${field}[${index}]`));
}
