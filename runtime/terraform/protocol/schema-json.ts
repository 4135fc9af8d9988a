import type { Attribute, Block } from './block';
import type { ResourceSchema } from './resource';
import type { CtyType } from './value';
import { blockOf } from './zod-block';

/** A resource's schema in the form of `terraform providers schema -json`, for generating bindings and documentation. */
export interface SchemaJson {
  version: number;
  block: BlockJson;
}

export interface BlockJson {
  attributes: Record<string, AttributeJson>;
  block_types: Record<string, { nesting_mode: string; min_items?: number; max_items?: number; block: BlockJson }>;
}

export interface AttributeJson {
  type: CtyType;
  description?: string;
  required?: true;
  optional?: true;
  computed?: true;
  sensitive?: true;
  write_only?: true;
  deprecated?: true;
}

export function schemaJson(schema: ResourceSchema): SchemaJson {
  return { version: schema.version ?? 0, block: blockJson(blockOf(schema.attributes)) };
}

function blockJson(block: Block): BlockJson {
  return {
    attributes: Object.fromEntries(block.attributes.map((attribute) => [attribute.name, attributeJson(attribute)])),
    block_types: Object.fromEntries(
      block.blocks.map(({ name, nesting, minItems, maxItems, block: inner }) => [
        name,
        {
          nesting_mode: nesting,
          ...(minItems > 0 && { min_items: minItems }),
          ...(maxItems > 0 && { max_items: maxItems }),
          block: blockJson(inner),
        },
      ]),
    ),
  };
}

function attributeJson(attribute: Attribute): AttributeJson {
  return {
    type: attribute.type,
    ...(attribute.description && { description: attribute.description }),
    ...(attribute.required && { required: true }),
    ...(attribute.optional && { optional: true }),
    ...(attribute.computed && { computed: true }),
    ...(attribute.sensitive && { sensitive: true }),
    ...(attribute.writeOnly && { write_only: true }),
    ...(attribute.deprecated && { deprecated: true }),
  };
}
