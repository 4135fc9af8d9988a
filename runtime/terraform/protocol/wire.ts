import { many, map, message, one } from '../../util/protobuf';

/**
 * The messages of `tfplugin6.Provider`, field numbers as in Terraform's docs/plugin-protocol (6.0 to 6.8; fields of later
 * versions that nothing here needs are left out and skipped when they come).
 */
export const DynamicValue = message({ msgpack: one(1, 'bytes'), json: one(2, 'bytes') });
const Step = message({
  attributeName: one(1, 'string'),
  elementKeyString: one(2, 'string'),
  elementKeyInt: one(3, 'int'),
});
export const AttributePath = message({ steps: many(1, Step) });
/** severity: 1 error, 2 warning. */
export const Diagnostic = message({
  severity: one(1, 'int'),
  summary: one(2, 'string'),
  detail: one(3, 'string'),
  attribute: one(4, AttributePath),
});
const RawState = message({ json: one(1, 'bytes') });
const Caps = message({ deferralAllowed: one(1, 'bool'), writeOnlyAttributesAllowed: one(2, 'bool') });

const attributeFields = {
  name: one(1, 'string'),
  type: one(2, 'bytes'),
  description: one(3, 'string'),
  required: one(4, 'bool'),
  optional: one(5, 'bool'),
  computed: one(6, 'bool'),
  sensitive: one(7, 'bool'),
  deprecated: one(9, 'bool'),
  writeOnly: one(11, 'bool'),
};
/** Nested attributes nest at will, so the description refers to itself. nesting: 1 single, 2 list, 3 set, 4 map. */
const attributesOfObject = { ...attributeFields };
const NestedObject = message({ attributes: many(1, message(attributesOfObject)), nesting: one(3, 'int') });
Object.assign(attributesOfObject, { nestedType: one(10, NestedObject) });
export const Attribute = message({ ...attributeFields, nestedType: one(10, NestedObject) });

const blockFields = { version: one(1, 'int'), attributes: many(2, Attribute), description: one(4, 'string') };
const nestedBlockContent = { ...blockFields };
/** nesting: 1 single, 2 list, 3 set. */
export const NestedBlock = message({
  typeName: one(1, 'string'),
  block: one(2, message(nestedBlockContent)),
  nesting: one(3, 'int'),
  minItems: one(4, 'int'),
  maxItems: one(5, 'int'),
});
Object.assign(nestedBlockContent, { blockTypes: many(3, NestedBlock) });
export const Block = message({ ...blockFields, blockTypes: many(3, NestedBlock) });
export const Schema = message({ version: one(1, 'int'), block: one(2, Block) });

const diagnosticsAt = (no: number) => many(no, Diagnostic);
export const Empty = message({});

const method = <Q, R>(request: Q, response: R) => ({ request, response });
const ServerCapabilities = message({ planDestroy: one(1, 'bool'), getProviderSchemaOptional: one(2, 'bool') });
const validateByType = method(
  message({ typeName: one(1, 'string'), config: one(2, DynamicValue), caps: one(3, Caps) }),
  message({ diagnostics: diagnosticsAt(1) }),
);

export const methods = {
  GetMetadata: method(
    Empty,
    message({
      capabilities: one(1, ServerCapabilities),
      diagnostics: diagnosticsAt(2),
      dataSources: many(3, message({ typeName: one(1, 'string') })),
      resources: many(4, message({ typeName: one(1, 'string') })),
      ephemeralResources: many(6, message({ typeName: one(1, 'string') })),
    }),
  ),
  GetProviderSchema: method(
    Empty,
    message({
      provider: one(1, Schema),
      resources: map(2, Schema),
      dataSources: map(3, Schema),
      diagnostics: diagnosticsAt(4),
      capabilities: one(6, ServerCapabilities),
      ephemeral: map(8, Schema),
    }),
  ),
  ValidateProviderConfig: method(message({ config: one(1, DynamicValue) }), message({ diagnostics: diagnosticsAt(2) })),
  ConfigureProvider: method(
    message({ terraformVersion: one(1, 'string'), config: one(2, DynamicValue), caps: one(3, Caps) }),
    message({ diagnostics: diagnosticsAt(1) }),
  ),
  ValidateResourceConfig: validateByType,
  ValidateDataResourceConfig: validateByType,
  ValidateEphemeralResourceConfig: validateByType,
  UpgradeResourceState: method(
    message({ typeName: one(1, 'string'), version: one(2, 'int'), rawState: one(3, RawState) }),
    message({ state: one(1, DynamicValue), diagnostics: diagnosticsAt(2) }),
  ),
  ReadResource: method(
    message({
      typeName: one(1, 'string'),
      state: one(2, DynamicValue),
      private: one(3, 'bytes'),
      caps: one(5, Caps),
    }),
    message({ state: one(1, DynamicValue), diagnostics: diagnosticsAt(2), private: one(3, 'bytes') }),
  ),
  PlanResourceChange: method(
    message({
      typeName: one(1, 'string'),
      prior: one(2, DynamicValue),
      proposed: one(3, DynamicValue),
      config: one(4, DynamicValue),
      private: one(5, 'bytes'),
      caps: one(7, Caps),
    }),
    message({
      planned: one(1, DynamicValue),
      requiresReplace: many(2, AttributePath),
      private: one(3, 'bytes'),
      diagnostics: diagnosticsAt(4),
    }),
  ),
  ApplyResourceChange: method(
    message({
      typeName: one(1, 'string'),
      prior: one(2, DynamicValue),
      planned: one(3, DynamicValue),
      config: one(4, DynamicValue),
      private: one(5, 'bytes'),
    }),
    message({ state: one(1, DynamicValue), private: one(2, 'bytes'), diagnostics: diagnosticsAt(3) }),
  ),
  ImportResourceState: method(
    message({ typeName: one(1, 'string'), id: one(2, 'string'), caps: one(3, Caps) }),
    message({
      imported: many(1, message({ typeName: one(1, 'string'), state: one(2, DynamicValue), private: one(3, 'bytes') })),
      diagnostics: diagnosticsAt(2),
    }),
  ),
  ReadDataSource: method(
    message({ typeName: one(1, 'string'), config: one(2, DynamicValue), caps: one(4, Caps) }),
    message({ state: one(1, DynamicValue), diagnostics: diagnosticsAt(2) }),
  ),
  OpenEphemeralResource: method(
    message({ typeName: one(1, 'string'), config: one(2, DynamicValue), caps: one(3, Caps) }),
    message({
      diagnostics: diagnosticsAt(1),
      renewAt: one(2, message({ seconds: one(1, 'int'), nanos: one(2, 'int') })),
      result: one(3, DynamicValue),
      private: one(4, 'bytes'),
    }),
  ),
  RenewEphemeralResource: method(
    message({ typeName: one(1, 'string'), private: one(2, 'bytes') }),
    message({
      diagnostics: diagnosticsAt(1),
      renewAt: one(2, message({ seconds: one(1, 'int'), nanos: one(2, 'int') })),
      private: one(3, 'bytes'),
    }),
  ),
  CloseEphemeralResource: method(
    message({ typeName: one(1, 'string'), private: one(2, 'bytes') }),
    message({ diagnostics: diagnosticsAt(1) }),
  ),
  GetFunctions: method(Empty, message({ diagnostics: diagnosticsAt(2) })),
  StopProvider: method(Empty, message({ error: one(1, 'string') })),
};

export type Methods = typeof methods;
