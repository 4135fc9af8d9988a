import type { MessageOf } from '../../util/protobuf';
import type { Attribute, Block, NestedBlock } from './block';
import type { ResourceSchema } from './resource';
import type * as wire from './wire';
import { blockOf } from './zod-block';

const nestingNumber = { single: 1, list: 2, set: 3, map: 4 } as const;

/** A resource's schema as GetProviderSchema sends it. */
export function schemaMessage(schema: ResourceSchema): MessageOf<typeof wire.Schema> {
  const block = blockMessage(blockOf(schema.attributes));
  return { version: schema.version ?? 0, block: { ...block, description: schema.description } };
}

function blockMessage(block: Block): MessageOf<typeof wire.Block> {
  return {
    attributes: block.attributes.map(attributeMessage),
    blockTypes: block.blocks.map(
      (nested: NestedBlock): MessageOf<typeof wire.NestedBlock> => ({
        typeName: nested.name,
        block: { ...blockMessage(nested.block), description: nested.description },
        nesting: nestingNumber[nested.nesting],
        minItems: nested.nesting === 'single' ? 0 : nested.minItems,
        maxItems: nested.nesting === 'single' ? 0 : nested.maxItems,
      }),
    ),
  };
}

function attributeMessage(attribute: Attribute): MessageOf<typeof wire.Attribute> {
  const { name, description, required, optional, computed, sensitive, deprecated, writeOnly } = attribute;
  const value = attribute.nested
    ? {
        nestedType: {
          attributes: attribute.nested.attributes.map(attributeMessage),
          nesting: nestingNumber[attribute.nested.nesting],
        },
      }
    : { type: Buffer.from(JSON.stringify(attribute.type)) };
  return { name, description, required, optional, computed, sensitive, deprecated, writeOnly, ...value };
}
