import type { StructuralSchema } from '../schema';
import { asResource, escapeName } from './declare';
import { allNodes, type CelNode, type Comprehension, isNode } from './nodes';

/** As in Kubernetes: what a rule may cost at the most, for all the values that it is run on in one object. */
export const estimateLimit = 10_000_000;

/** A request is at most so long; no list in it has more items than fit. */
const maxRequestBytes = 3 * 1024 * 1024;

/** What is known of an expression's value: its schema, and how many items it has at most. */
interface Known {
  schema?: StructuralSchema;
  size: number;
}

type Scope = ReadonlyMap<string, Known>;

/** The steps that an expression takes at the most, by how long its lists and maps may be. */
export function estimateCost(root: CelNode, self: StructuralSchema): number {
  const known = knownOf(self);
  return costOf(
    root,
    new Map([
      ['self', known],
      ['oldSelf', known],
    ]),
  );
}

/** How many values there are at the most at a place below a list or map. */
export function maxItems({ maxItems: items, maxProperties, type, items: item }: StructuralSchema): number {
  if (type === 'array') return items ?? Math.floor(maxRequestBytes / bytesOf(item));
  return maxProperties ?? Math.floor(maxRequestBytes / 6);
}

/** The fewest bytes that a value takes in JSON, with its comma. */
function bytesOf(schema: StructuralSchema | undefined): number {
  if (!schema) return 2;
  if (schema.type === 'object') {
    const required = schema.required ?? [];
    return 3 + required.reduce((sum, name) => sum + name.length + 3 + bytesOf(schema.properties?.[name]), 0);
  }
  return schema.type === 'string' || schema.type === 'array' ? 3 : 2;
}

function knownOf(schema: StructuralSchema | undefined): Known {
  if (!schema) return { size: maxRequestBytes / 2 };
  const many = schema.type === 'array' || typeof schema.additionalProperties === 'object';
  return { schema, size: many ? maxItems(schema) : 1 };
}

function costOf(node: CelNode, scope: Scope): number {
  const { alternate } = node.meta;
  if (alternate) return costOf(alternate, scope);
  if (node.op === 'comprehension') return comprehensionCost(node.args as Comprehension, scope);
  let cost = 1;
  for (const child of childrenOf(node)) cost += costOf(child, scope);
  return cost;
}

function comprehensionCost({ iterable, iterVarName, step }: Comprehension, scope: Scope): number {
  const list = resolve(iterable, scope);
  const inner = new Map(scope).set(iterVarName, knownOf(itemOf(list.schema)));
  return 1 + costOf(iterable, scope) + list.size * costOf(step, inner);
}

function childrenOf(node: CelNode): CelNode[] {
  const found: CelNode[] = [];
  const take = (value: unknown) => {
    // A macro may know the node that it stands in.
    if (isNode(value)) found.push(value);
    else if (Array.isArray(value)) value.forEach(take);
  };
  take(node.args);
  const { macro } = node.meta;
  if (macro) for (const value of Object.values(macro)) take(value);
  return [...new Set(found)].filter((child) => child !== node);
}

/** What is known of a value, by the path that leads to it. */
function resolve(node: CelNode, scope: Scope): Known {
  const { alternate } = node.meta;
  if (node.op === 'id') return scope.get(String(node.args)) ?? knownOf(undefined);
  const args = Array.isArray(node.args) ? node.args : [];
  if ((node.op === '.' || node.op === '.?') && isNode(args[0]))
    return knownOf(fieldOf(resolve(args[0], scope).schema, String(args[1])));
  if ((node.op === '[]' || node.op === '[?]') && isNode(args[0]))
    return knownOf(itemOf(resolve(args[0], scope).schema));
  if (node.op === 'list') return { size: args.length };
  // What a list is filtered or mapped to has no more items than it has.
  const from = alternate?.op === 'comprehension' ? (alternate.args as Comprehension).iterable : undefined;
  if (from) return { size: resolve(from, scope).size };
  if (node.op === 'rcall' && isNode(args[1]) && ['orValue', 'value', 'or'].includes(String(args[0])))
    return resolve(args[1], scope);
  return knownOf(undefined);
}

function itemOf(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  if (schema?.type === 'array') return schema.items;
  // The keys of a map are what it is iterated by.
  return schema ? { type: 'string' } : undefined;
}

function fieldOf(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  if (typeof schema?.additionalProperties === 'object') return schema.additionalProperties;
  const properties = (schema?.['x-kubernetes-embedded-resource'] ? asResource(schema) : schema)?.properties ?? {};
  return Object.entries(properties).find(([key]) => escapeName(key) === name)?.[1];
}

/** Whether an expression uses a variable. */
export function uses(root: unknown, variable: string): boolean {
  return [...allNodes(root)].some(({ op, args }) => op === 'id' && args === variable);
}
