import { invalid, notSupported, required } from '../../field-errors';
import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from '../../generated/types';
import type { FieldError, Kind, PrinterColumn } from '../../kind';
import { checkDns1123Subdomain, checkPathSegment } from '../../names';
import { clusterRoleBindings, roleBindings } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, textColumn, wide } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

const rbacGroup = 'rbac.authorization.k8s.io';
const subjectKinds = ['ServiceAccount', 'User', 'Group'];

type Binding = RoleBinding | ClusterRoleBinding;

export const roleBindingKind: Kind<RoleBinding> = {
  resource: roleBindings,
  singular: 'rolebinding',
  shortNames: [],
  categories: [],
  schema: builtInSchema(roleBindings),
  subresources: {},
  replaceCreates: true,
  applyDefaults,
  validate: (binding) => [
    ...checkObjectMeta(binding.metadata, { namespaced: true, name: nameRules.pathSegment }),
    ...checkBinding(binding, ['Role', 'ClusterRole'], true),
  ],
  validateUpdate: checkUpdate,
  columns: bindingColumns(),
};

export const clusterRoleBindingKind: Kind<ClusterRoleBinding> = {
  resource: clusterRoleBindings,
  singular: 'clusterrolebinding',
  shortNames: [],
  categories: [],
  schema: builtInSchema(clusterRoleBindings),
  subresources: {},
  replaceCreates: true,
  applyDefaults,
  validate: (binding) => [
    ...checkObjectMeta(binding.metadata, { namespaced: false, name: nameRules.pathSegment }),
    ...checkBinding(binding, ['ClusterRole'], false),
  ],
  validateUpdate: checkUpdate,
  columns: bindingColumns(),
};

function applyDefaults({ roleRef, subjects }: Binding): void {
  if (roleRef) defaultEmpty(roleRef, 'apiGroup', rbacGroup);
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') defaultEmpty(subject, 'apiGroup', rbacGroup);
  }
}

function bindingColumns<T extends Binding>(): PrinterColumn<T>[] {
  const named = (kind: string) => (binding: T) =>
    (binding.subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ');
  return [
    nameColumn<T>(),
    textColumn<T>('Role', 'The role that is given.', ({ roleRef }) => `${roleRef?.kind}/${roleRef?.name}`),
    ageColumn<T>(),
    wide(textColumn<T>('Users', 'Users who have it.', named('User'))),
    wide(textColumn<T>('Groups', 'Groups that have it.', named('Group'))),
    wide(textColumn<T>('ServiceAccounts', 'Service accounts that have it.', named('ServiceAccount'))),
  ];
}

function checkBinding({ roleRef, subjects = [] }: Binding, kinds: string[], namespaced: boolean): FieldError[] {
  return [
    ...checkRoleRef(roleRef ?? {}, kinds),
    ...subjects.flatMap((subject, index) => checkSubject(subject, namespaced, `subjects[${index}]`)),
  ];
}

function checkRoleRef({ apiGroup, kind, name }: Partial<RoleRef>, kinds: string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (apiGroup !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', apiGroup ?? '', [rbacGroup]));
  if (!kinds.includes(kind ?? '')) errors.push(notSupported('roleRef.kind', kind ?? '', kinds));
  if (!name) return [...errors, required('roleRef.name')];
  return [...errors, ...checked('roleRef.name', name, checkPathSegment(name))];
}

function checkSubject(subject: Subject, namespaced: boolean, field: string): FieldError[] {
  const { kind = '', name = '', apiGroup = '', namespace } = subject;
  const errors: FieldError[] = name ? [] : [required(`${field}.name`)];
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...checked(`${field}.name`, name, checkDns1123Subdomain(name)));
    if (apiGroup) errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
    if (!namespaced && !namespace) errors.push(required(`${field}.namespace`));
    return errors;
  }
  if (!subjectKinds.includes(kind)) return [...errors, notSupported(`${field}.kind`, kind, subjectKinds)];
  if (!name) errors.push(invalid(`${field}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
  if (apiGroup !== rbacGroup) errors.push(notSupported(`${field}.apiGroup`, apiGroup, [rbacGroup]));
  return errors;
}

function checkUpdate({ metadata, roleRef }: Binding, old: Binding): FieldError[] {
  const errors = checkObjectMetaUpdate(metadata, old.metadata);
  return equalJson(roleRef ?? null, old.roleRef ?? null)
    ? errors
    : [...errors, invalid('roleRef', roleRef, 'cannot change roleRef')];
}
