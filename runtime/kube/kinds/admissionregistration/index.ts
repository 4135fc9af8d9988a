import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../generated/types';
import type { Kind } from '../../kind';
import { mutatingWebhookConfigurations, type Resource, validatingWebhookConfigurations } from '../../resource';
import { equalJson } from '../../schema-engine';
import { anyKind } from '../shared/any-kind';
import { ageColumn, integerColumn, nameColumn } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';
import { checkOptionalWord } from '../shared/values';
import { checkWebhooks, defaultWebhook } from './webhook';

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

/** What both kinds of configuration have in common. They are kept for clients; admission calls no webhook. */
function configurationKind<T extends Configuration>(resource: Resource<T>): Kind<T> {
  return {
    resource,
    singular: resource.kind.toLowerCase(),
    shortNames: [],
    categories: ['api-extensions'],
    schema: builtInSchema(resource),
    subresources: {},
    replaceNeedsVersion: true,
    applyDefaults({ webhooks }) {
      for (const webhook of webhooks ?? []) defaultWebhook(webhook);
    },
    prepareForCreate({ metadata }) {
      metadata.generation = 1;
    },
    prepareForUpdate(object, old) {
      countGeneration(object, old, equalJson(object.webhooks ?? [], old.webhooks ?? []));
    },
    validate: ({ metadata, webhooks }) => [
      ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain, anyFinalizer: true }),
      ...checkWebhooks(webhooks ?? [], 'webhooks'),
    ],
    validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
    warnings: ({ webhooks }) =>
      webhooks?.length
        ? ['webhooks: this server does not call admission webhooks: nothing is checked or changed by them']
        : [],
    columns: [
      nameColumn(),
      integerColumn('Webhooks', 'How many webhooks there are.', ({ webhooks }) => webhooks?.length ?? 0),
      ageColumn(),
    ],
  };
}

const validatingKind = configurationKind(validatingWebhookConfigurations);
const mutatingBase = configurationKind(mutatingWebhookConfigurations);

const mutatingKind: Kind<MutatingWebhookConfiguration> = {
  ...mutatingBase,
  applyDefaults(object) {
    mutatingBase.applyDefaults?.(object);
    for (const webhook of object.webhooks ?? []) defaultEmpty(webhook, 'reinvocationPolicy', 'Never');
  },
  validate: (object, old) => [
    ...(mutatingBase.validate?.(object, old) ?? []),
    ...(object.webhooks ?? []).flatMap(({ reinvocationPolicy }, index) =>
      checkOptionalWord(`webhooks[${index}].reinvocationPolicy`, reinvocationPolicy, ['IfNeeded', 'Never']),
    ),
  ],
};

export const admissionregistrationKinds: readonly Kind[] = [anyKind(validatingKind), anyKind(mutatingKind)];
