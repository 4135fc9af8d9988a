/**
 * The library's syntax trees, as far as we look into them: to count what an evaluation costs, to estimate it, and to put
 * our own functions in the place of the library's.
 */
export interface CelNode {
  op: string;
  args: unknown;
  meta: { alternate?: CelNode; macro?: object };
  evaluate(evaluator: unknown, node: unknown, context: unknown): unknown;
  setMeta(key: string, value: unknown): CelNode;
}

/** What `list.all(x, …)` and its like are made of. */
export interface Comprehension {
  iterable: CelNode;
  iterVarName: string;
  init: CelNode;
  step: CelNode;
}

export function isNode(value: unknown): value is CelNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'setMeta' in value;
}

/** Every node of a tree, each once. */
export function* allNodes(root: unknown, seen = new Set<unknown>()): Generator<CelNode> {
  if (typeof root !== 'object' || root === null || seen.has(root)) return;
  seen.add(root);
  if (Array.isArray(root)) {
    for (const item of root) yield* allNodes(item, seen);
  } else if (isNode(root)) {
    yield root;
    yield* allNodes(root.args, seen);
    yield* allNodes(root.meta.alternate, seen);
    yield* partsOf(root.meta.macro, seen);
  } else if (Object.getPrototypeOf(root) === Object.prototype) yield* partsOf(root, seen);
}

function* partsOf(holder: object | undefined, seen: Set<unknown>): Generator<CelNode> {
  if (!holder) return;
  for (const value of Object.values(holder)) if (isNode(value) || Array.isArray(value)) yield* allNodes(value, seen);
}
