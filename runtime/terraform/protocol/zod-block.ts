import type { z } from 'zod';
import type { Attribute, Block, NestedBlock } from './block';
import type { AttributeMeta } from './meta';
import { type CtyType, collectionOf, equalValues } from './value';

/** As much of a zod type's definition as is read here. */
interface Definition {
  type: string;
  innerType?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  options?: z.ZodType[];
  values?: unknown[];
  in?: z.ZodType;
  defaultValue?: unknown;
  checks?: { _zod: { def: { check: string; minimum?: number; maximum?: number } } }[];
}

interface Unwrapped {
  type: z.ZodType;
  definition: Definition;
  meta: AttributeMeta;
  optional: boolean;
  defaultValue: unknown;
}

const definitionOf = (type: z.ZodType): Definition => (type as unknown as { _zod: { def: Definition } })._zod.def;
const wrappers = new Set(['optional', 'nullable', 'default', 'prefault', 'nonoptional', 'readonly', 'catch']);
const blocks = new WeakMap<z.ZodObject, Block>();

/**
 * The Terraform schema of a zod object; see AttributeMeta for how types map.
 * @throws TypeError naming the property whose zod type has no Terraform type
 */
export function blockOf(schema: z.ZodObject): Block {
  const known = blocks.get(schema);
  if (known) return known;
  const attributes: Attribute[] = [];
  const nested: NestedBlock[] = [];
  for (const [name, property] of Object.entries(schema.shape)) {
    const unwrapped = unwrap(property as z.ZodType);
    if (unwrapped.meta.block) nested.push(nestedBlock(name, unwrapped));
    else attributes.push(attribute(name, unwrapped));
  }
  const block = { attributes, blocks: nested };
  blocks.set(schema, block);
  return block;
}

/** The bare type inside optional, nullable, default and so on, with all the metadata on the way. */
function unwrap(type: z.ZodType): Unwrapped {
  const definition = definitionOf(type);
  const meta = (type.meta() ?? {}) as AttributeMeta;
  const inner = definition.type === 'pipe' ? definition.in : definition.innerType;
  if (!inner || !(wrappers.has(definition.type) || definition.type === 'pipe')) {
    return { type, definition, meta, optional: false, defaultValue: undefined };
  }
  const rest = unwrap(inner);
  const defaulted = definition.type === 'default' || definition.type === 'prefault';
  return {
    ...rest,
    meta: { ...rest.meta, ...meta },
    optional: rest.optional || definition.type === 'optional' || defaulted,
    defaultValue: defaulted ? definition.defaultValue : rest.defaultValue,
  };
}

function attribute(name: string, { type, definition, meta, optional, defaultValue }: Unwrapped): Attribute {
  const computed = meta.computed ?? false;
  // What has a default is filled in by us where the user wrote nothing, which Terraform calls computed.
  const settable = optional || !computed;
  return {
    name,
    ...typeOfProperty(name, type, definition, meta),
    description: [meta.description, meta.deprecationMessage && `Deprecated: ${meta.deprecationMessage}`]
      .filter(Boolean)
      .join(' '),
    required: settable && !optional,
    optional: settable && optional,
    computed: computed || defaultValue !== undefined,
    sensitive: meta.sensitive ?? false,
    writeOnly: meta.writeOnly ?? false,
    deprecated: meta.deprecationMessage !== undefined,
    forceNew: meta.forceNew ?? false,
    defaultValue,
  };
}

function typeOfProperty(
  name: string,
  type: z.ZodType,
  definition: Definition,
  meta: AttributeMeta,
): Pick<Attribute, 'type' | 'nested'> {
  const element = definition.element ?? definition.valueType;
  const collection = definition.type === 'array' ? (meta.set ? 'set' : 'list') : 'map';
  const objects = definition.type === 'object' ? type : element && unwrap(element).type;
  if (objects && definitionOf(objects).type === 'object') {
    const block = blockOf(objects as z.ZodObject);
    if (block.blocks.length > 0) throw new TypeError(`${name}: an attribute cannot hold blocks`);
    const of: CtyType = ['object', Object.fromEntries(block.attributes.map((each) => [each.name, each.type]))];
    const nesting = definition.type === 'object' ? 'single' : collection;
    return {
      type: nesting === 'single' ? of : collectionOf(nesting, of),
      nested: { nesting, attributes: block.attributes },
    };
  }
  return { type: leafType(name, definition, meta) };
}

function leafType(name: string, definition: Definition, meta: AttributeMeta): CtyType {
  switch (definition.type) {
    case 'string':
    case 'enum':
    case 'template_literal':
      return 'string';
    case 'number':
    case 'bigint':
    case 'int':
      return 'number';
    case 'boolean':
      return 'bool';
    case 'unknown':
    case 'any':
    case 'lazy':
      return 'dynamic';
    case 'literal':
      return typeof definition.values?.[0] === 'number'
        ? 'number'
        : typeof definition.values?.[0] === 'boolean'
          ? 'bool'
          : 'string';
    case 'array':
    case 'record': {
      const inner = definition.element ?? definition.valueType;
      if (!inner) break;
      const element = unwrap(inner);
      const of = leafType(name, element.definition, element.meta);
      return collectionOf(definition.type === 'record' ? 'map' : meta.set ? 'set' : 'list', of);
    }
    case 'union': {
      const [first, ...others] = (definition.options ?? []).map((option) =>
        leafType(name, unwrap(option).definition, {}),
      );
      if (first !== undefined && others.every((other) => equalValues(other, first))) return first;
      break;
    }
  }
  throw new TypeError(`${name}: a zod "${definition.type}" has no Terraform type here`);
}

function nestedBlock(name: string, { type, definition, meta, optional }: Unwrapped): NestedBlock {
  const many = definition.type === 'array';
  const element = many ? unwrap(definition.element as z.ZodType).type : type;
  if (definitionOf(element).type !== 'object' || many === (meta.block === 'single')) {
    throw new TypeError(`${name}: a block of nesting "${meta.block}" cannot be made of this zod type`);
  }
  return {
    name,
    description: meta.description,
    forceNew: meta.forceNew ?? false,
    nesting: meta.block ?? 'list',
    minItems: many ? (optional ? 0 : limit(definition, 'min_length')) : optional ? 0 : 1,
    maxItems: many ? limit(definition, 'max_length') : 0,
    block: blockOf(element as z.ZodObject),
  };
}

function limit(definition: Definition, check: 'min_length' | 'max_length'): number {
  const found = definition.checks?.find((each) => each._zod.def.check === check)?._zod.def;
  return (check === 'min_length' ? found?.minimum : found?.maximum) ?? 0;
}
