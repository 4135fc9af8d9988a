import { type CtyType, collectionOf } from './value';

/** A schema as Terraform has it, derived from a zod object by `blockOf`. */
export interface Block {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly NestedBlock[];
}

interface Property {
  readonly name: string;
  readonly description?: string;
  readonly forceNew: boolean;
}

export interface Attribute extends Property {
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly writeOnly: boolean;
  readonly deprecated: boolean;
  /** Planned where nothing is configured. */
  readonly defaultValue?: unknown;
  readonly type: CtyType;
  /** Set where the value is an object, or a collection of objects, whose attributes have rules of their own. */
  readonly nested?: { readonly nesting: 'single' | 'list' | 'set' | 'map'; readonly attributes: readonly Attribute[] };
}

export interface NestedBlock extends Property {
  readonly nesting: 'single' | 'list' | 'set';
  readonly minItems: number;
  /** 0: no limit. */
  readonly maxItems: number;
  readonly block: Block;
}

const types = new WeakMap<Block, CtyType>();

/** The type of a block's value: an object with every attribute and nested block. */
export function typeOf(block: Block): CtyType {
  const known = types.get(block);
  if (known) return known;
  const entries: [string, CtyType][] = [
    ...block.attributes.map((attribute): [string, CtyType] => [attribute.name, attribute.type]),
    ...block.blocks.map((nested): [string, CtyType] => {
      const of = typeOf(nested.block);
      return [nested.name, nested.nesting === 'single' ? of : collectionOf(nested.nesting, of)];
    }),
  ];
  const type: CtyType = ['object', Object.fromEntries(entries)];
  types.set(block, type);
  return type;
}
