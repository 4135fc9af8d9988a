import { forbidden, notSupported, required, tooLong } from '../../field-errors';
import type { IngressClass, IngressClassParametersReference } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Label, checkDns1123Subdomain } from '../../names';
import { ingressClasses } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty, ensure } from '../shared/defaulting';
import { checkDomainPrefixedPath } from '../shared/domain-path';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { checkSegment } from './validate-ingress';

const maxControllerLength = 250;
const scopes = ['Cluster', 'Namespace'];

export const ingressClassKind: Kind<IngressClass> = {
  resource: ingressClasses,
  singular: 'ingressclass',
  shortNames: [],
  categories: [],
  schema: builtInSchema(ingressClasses),
  subresources: {},
  applyDefaults(ingressClass) {
    const { parameters } = ensure(ingressClass, 'spec');
    if (parameters) defaultEmpty(parameters, 'scope', 'Cluster');
  },
  prepareForCreate(ingressClass) {
    ingressClass.metadata.generation = 1;
  },
  prepareForUpdate: (ingressClass, old) => countGeneration(ingressClass, old, equalJson(ingressClass.spec, old.spec)),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkController(spec?.controller),
    ...(spec?.parameters ? checkParameters(spec.parameters, 'spec.parameters') : []),
  ],
  validateUpdate: ({ metadata, spec }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('spec.controller', spec?.controller, old.spec?.controller),
  ],
  columns: [
    nameColumn(),
    textColumn('Controller', 'Who serves the class.', ({ spec }) => spec?.controller ?? ''),
    textColumn('Parameters', 'What configures it.', ({ spec }) => parametersText(spec?.parameters)),
    ageColumn(),
  ],
};

function parametersText(parameters: IngressClassParametersReference | undefined): string {
  if (!parameters) return none;
  const { kind, apiGroup, name } = parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

function checkController(controller: string | undefined): FieldError[] {
  const field = 'spec.controller';
  if (!controller) return [required(field)];
  return [
    ...(controller.length > maxControllerLength ? [tooLong(field, maxControllerLength)] : []),
    ...checkDomainPrefixedPath(field, controller),
  ];
}

function checkParameters(parameters: IngressClassParametersReference, field: string): FieldError[] {
  const { apiGroup, kind, name, scope, namespace } = parameters;
  return [
    ...(apiGroup === undefined ? [] : checked(`${field}.apiGroup`, apiGroup, checkDns1123Subdomain(apiGroup))),
    ...checkSegment(kind, `${field}.kind`),
    ...checkSegment(name, `${field}.name`),
    ...checkScope(scope, namespace, field),
  ];
}

function checkScope(scope: string | undefined, namespace: string | undefined, field: string): FieldError[] {
  if (!scope) return [required(`${field}.scope`)];
  if (!scopes.includes(scope)) return [notSupported(`${field}.scope`, scope, scopes)];
  const at = `${field}.namespace`;
  if (scope === 'Cluster') {
    return namespace === undefined ? [] : [forbidden(at, "`parameters.scope` is set to 'Cluster'")];
  }
  if (namespace === undefined) return [required(at, "`parameters.scope` is set to 'Namespace'")];
  return checked(at, namespace, checkDns1123Label(namespace));
}
