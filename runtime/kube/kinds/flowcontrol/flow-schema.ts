import { invalid, notSupported, required } from '../../field-errors';
import type { FlowSchema, FlowSchemaSpec } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Subdomain } from '../../names';
import { flowSchemas } from '../../resource';
import { equalJson } from '../../schema-engine';
import { ageColumn, integerColumn, nameColumn, none, textColumn } from '../shared/columns';
import { defaultEmpty, ensure } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { specStrategy } from '../shared/strategy';
import { builtInFlowSchemas, mandatorySpec } from './built-in';
import { checkFlowConditions } from './conditions';
import { checkPolicyRules } from './validate-rules';

const defaultPrecedence = 1000;
const maxPrecedence = 10000;
const distinguishers = ['ByNamespace', 'ByUser'];

export const flowSchemaKind: Kind<FlowSchema> = {
  resource: flowSchemas,
  singular: 'flowschema',
  shortNames: [],
  categories: [],
  schema: builtInSchema(flowSchemas),
  subresources: { status: true },
  replaceNeedsVersion: true,
  applyDefaults(schema) {
    defaultEmpty(
      ensure(schema, 'spec', () => ({}) as FlowSchemaSpec),
      'matchingPrecedence',
      defaultPrecedence,
    );
  },
  ...specStrategy<FlowSchema>(() => ({})),
  statusKeeps: 'metadata',
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkSpec(spec ?? ({} as FlowSchemaSpec), metadata.name),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: ({ metadata, status }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkFlowConditions(status?.conditions),
  ],
  columns: [
    nameColumn(),
    textColumn('PriorityLevel', 'Where its requests go.', ({ spec }) => spec?.priorityLevelConfiguration?.name ?? ''),
    integerColumn('MatchingPrecedence', 'The lowest is asked first.', ({ spec }) => spec?.matchingPrecedence ?? 0),
    textColumn(
      'DistinguisherMethod',
      'What makes one flow of requests.',
      ({ spec }) => spec?.distinguisherMethod?.type ?? none,
    ),
    ageColumn(),
    textColumn('MissingPL', 'Whether its priority level is missing.', missingLevel),
  ],
};

function missingLevel({ status }: FlowSchema): string {
  return status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?';
}

function checkSpec(spec: FlowSchemaSpec, name: string | undefined): FieldError[] {
  const { distinguisherMethod: method, rules = [] } = spec;
  const errors = checkPrecedence(spec.matchingPrecedence ?? 0, name);
  if (method && !distinguishers.includes(method.type)) {
    errors.push(notSupported('spec.distinguisherMethod.type', method, distinguishers));
  }
  const level = spec.priorityLevelConfiguration?.name;
  const at = 'spec.priorityLevelConfiguration.name';
  if (level) errors.push(...checked(at, level, checkDns1123Subdomain(level)));
  else errors.push(required(at, 'must reference a priority level'));
  errors.push(...rules.flatMap((rule, index) => checkPolicyRules(rule, `spec.rules[${index}]`)));
  const fixed = mandatorySpec(builtInFlowSchemas, name);
  if (fixed && !equalJson(spec, fixed)) {
    errors.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`));
  }
  return errors;
}

function checkPrecedence(precedence: number, name: string | undefined): FieldError[] {
  const field = 'spec.matchingPrecedence';
  if (precedence <= 0) return [invalid(field, precedence, 'must be a positive value')];
  if (precedence > maxPrecedence) return [invalid(field, precedence, `must not be greater than ${maxPrecedence}`)];
  if (precedence !== 1 || name === 'exempt') return [];
  return [invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")];
}
