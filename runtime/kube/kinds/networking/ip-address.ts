import { required } from '../../field-errors';
import type { IPAddress, ParentReference } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain, checkPathSegment } from '../../names';
import { ipAddresses } from '../../resource';
import { ageColumn, nameColumn, none, textColumn } from '../shared/columns';
import { ipProblems } from '../shared/ip';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkSegment } from './validate-ingress';

export const ipAddressKind: Kind<IPAddress> = {
  resource: ipAddresses,
  singular: 'ipaddress',
  shortNames: ['ip'],
  categories: [],
  schema: builtInSchema(ipAddresses),
  subresources: {},
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: ipProblems }),
    ...(spec?.parentRef ? checkParent(spec.parentRef, 'spec.parentRef') : [required('spec.parentRef')]),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec.parentRef', spec?.parentRef, old.spec?.parentRef),
  ],
  columns: [
    nameColumn(),
    textColumn('ParentRef', 'What the address belongs to.', ({ spec }) => parentText(spec?.parentRef)),
    ageColumn(),
  ],
  selectableFields: {
    'spec.parentRef.group': ({ spec }) => spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': ({ spec }) => spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '',
  },
};

function parentText(parent: ParentReference | undefined): string {
  if (!parent) return none;
  const { group, resource, namespace, name } = parent;
  return [`${resource}${group ? `.${group}` : ''}`, namespace, name].filter(Boolean).join('/');
}

function checkParent({ group, resource, namespace, name }: ParentReference, field: string): FieldError[] {
  return [
    ...(group ? checked(`${field}.group`, group, checkDns1123Subdomain(group)) : []),
    ...checkSegment(resource, `${field}.resource`),
    ...checkSegment(name, `${field}.name`),
    ...(namespace ? checked(`${field}.namespace`, namespace, checkPathSegment(namespace)) : []),
  ];
}
