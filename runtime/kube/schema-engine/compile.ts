import type { StructuralSchema } from '../schema';
import { schemaOfType } from '../schemas';

/**
 * A schema made ready to be walked: references followed, lookups in maps, merge behaviour decided.
 * Every visitor of this folder, of patch/ and of apply/ walks these.
 */
export type SchemaNode = ObjectNode | ListNode | ScalarNode | AnyNode;

export interface ObjectNode {
  readonly kind: 'object';
  readonly schema: StructuralSchema;
  readonly fields: ReadonlyMap<string, SchemaField>;
  /** What the values of keys beyond `fields` are; undefined where there may be none. */
  rest: SchemaNode | undefined;
  /** Keys beyond `fields` are kept unseen. */
  readonly preserve: boolean;
  /** Owned and replaced as one value. */
  readonly atomic: boolean;
  readonly required: readonly string[];
}

export interface SchemaField {
  readonly name: string;
  /** The field as FieldsV1 writes it: `f:name`. */
  readonly element: string;
  readonly node: SchemaNode;
  readonly default: unknown;
  readonly nullable: boolean;
  /** No pointer in Go: an empty value of it means nothing. */
  readonly omitsEmpty: boolean;
  /** Of a built-in type: there even when empty, as Go writes it (`spec: {}`), so that its coming and going is no change. */
  readonly standing: boolean;
  /** Strategic merge patch: list items or map keys are merged. */
  readonly merges: boolean;
  /** Strategic merge patch: a map is put in the place of the old one, not merged with it. */
  readonly replaces: boolean;
  /** Strategic merge patch: `$retainKeys` may say which keys stay. */
  readonly retainsKeys: boolean;
  readonly mergeKey: string | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly schema: StructuralSchema;
  items: SchemaNode;
  readonly listType: 'atomic' | 'set' | 'map';
  /** The keys of a `map` list, sorted as FieldsV1 writes them. */
  readonly keys: readonly string[];
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly schema: StructuralSchema;
  readonly scalar: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity';
}

/** Anything goes. */
export interface AnyNode {
  readonly kind: 'any';
  readonly schema: StructuralSchema;
}

const nodes = new WeakMap<StructuralSchema, SchemaNode>();

/** The node of a schema; made once for each schema object, so schemas must not be changed after. */
export function compile(schema: StructuralSchema): SchemaNode {
  const known = nodes.get(schema);
  if (known) return known;
  if (schema.$ref !== undefined) {
    const node = overlay(compile(schemaOfType(schema.$ref)), schema);
    nodes.set(schema, node);
    return node;
  }
  if (schema['x-orlop-quantity']) return remember(schema, { kind: 'scalar', schema, scalar: 'quantity' });
  if (schema['x-kubernetes-int-or-string'])
    return remember(schema, { kind: 'scalar', schema, scalar: 'int-or-string' });
  if (schema.type === 'array' || (!schema.type && schema.items)) return compileList(schema);
  if (schema.type === 'object' || schema.properties) return compileObject(schema);
  if (schema.type) return remember(schema, { kind: 'scalar', schema, scalar: schema.type });
  return remember(schema, { kind: 'any', schema });
}

function remember<N extends SchemaNode>(schema: StructuralSchema, node: N): N {
  nodes.set(schema, node);
  return node;
}

/** A named type used with a map type of its own (`selector` is atomic here and granular there). */
function overlay(node: SchemaNode, beside: StructuralSchema): SchemaNode {
  const mapType = beside['x-kubernetes-map-type'];
  if (node.kind !== 'object' || mapType === undefined || (mapType === 'atomic') === node.atomic) return node;
  return { ...node, atomic: mapType === 'atomic' };
}

function compileObject(schema: StructuralSchema): ObjectNode {
  const fields = new Map<string, SchemaField>();
  const rest = schema.additionalProperties;
  const node = remember<ObjectNode>(schema, {
    kind: 'object',
    schema,
    fields,
    rest: undefined,
    preserve: schema['x-kubernetes-preserve-unknown-fields'] === true || rest === true,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    required: schema.required ?? [],
  });
  // Filled after it is known, since a type may contain itself.
  if (typeof rest === 'object') node.rest = compile(rest);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const strategies = property['x-kubernetes-patch-strategy']?.split(',') ?? [];
    const child = compile(property);
    const written = node.required.includes(name) || property['x-orlop-keep-empty'] === true;
    fields.set(name, {
      name,
      element: `f:${name}`,
      node: child,
      default: property.default,
      nullable: property.nullable === true,
      omitsEmpty: omitsEmpty(property, node.required.includes(name)),
      standing: property['x-orlop-proto'] !== undefined && (written || isStructValue(property)),
      merges: strategies.includes('merge'),
      replaces: strategies.includes('replace'),
      retainsKeys: strategies.includes('retainKeys'),
      mergeKey: property['x-kubernetes-patch-merge-key'],
    });
  }
  return node;
}

function omitsEmpty(property: StructuralSchema, required: boolean): boolean {
  // What has no number in protobuf is none of Kubernetes' own fields.
  if (required || property['x-orlop-proto'] === undefined) return false;
  return !property['x-orlop-pointer'] && !property['x-orlop-keep-empty'];
}

/** A struct in Go that is no pointer: it has no way of not being there. */
function isStructValue(property: StructuralSchema): boolean {
  if (property.$ref === undefined || property['x-orlop-pointer']) return false;
  return schemaOfType(property.$ref).properties !== undefined;
}

const anything: AnyNode = { kind: 'any', schema: {} };

function compileList(schema: StructuralSchema): ListNode {
  const node = remember<ListNode>(schema, {
    kind: 'list',
    schema,
    items: anything,
    listType: schema['x-kubernetes-list-type'] ?? 'atomic',
    keys: [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort(),
  });
  if (schema.items) node.items = compile(schema.items);
  return node;
}
