import { equalJson, isObject, type JsonObject } from '../schema-engine/walk';
import { StatusError } from '../status-error';
import { parsePointer } from './json-pointer';

const MAX_OPERATIONS = 10_000;
/** Bytes of JSON, roughly, that all copies of one patch may add: a few doubling copies would fill any memory. */
const MAX_COPIED = 3 * 1024 * 1024;

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/**
 * Applies an RFC 6902 patch. The document is not touched; what the patch does not change is shared with it.
 *
 * @throws StatusError BadRequest for a patch that is malformed, RequestEntityTooLarge for one of more than
 *   10,000 operations, Invalid where an operation does not apply or a test fails.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const operations = readOperations(patch);
  const patcher = new Patcher(document);
  for (const operation of operations) patcher.apply(operation);
  return patcher.document;
}

function readOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch))
    throw new StatusError('BadRequest', 'error decoding patch: a JSON patch is a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch.map((operation: unknown, i) => {
    const problem = operationProblem(operation);
    if (problem) throw new StatusError('BadRequest', `error decoding patch: operation ${i}: ${problem}`);
    return operation as Operation;
  });
}

const takesValue = new Set(['add', 'replace', 'test']);
const takesFrom = new Set(['move', 'copy']);

function operationProblem(operation: unknown): string | undefined {
  if (!isObject(operation)) return 'must be an object';
  const { op, path, from } = operation;
  if (typeof op !== 'string' || !(takesValue.has(op) || takesFrom.has(op) || op === 'remove')) {
    return `unexpected kind: ${JSON.stringify(op)}; must be one of add, remove, replace, move, copy, test`;
  }
  if (typeof path !== 'string') return `${op} needs a path`;
  if (takesValue.has(op) && operation.value === undefined) return `${op} needs a value`;
  if (takesFrom.has(op) && typeof from !== 'string') return `${op} needs a from`;
  return undefined;
}

class Patcher {
  /** Containers made by this patch, which stand in one place only and so may be changed in place. */
  private owned = new Set<object>();
  private copied = 0;

  constructor(public document: unknown) {}

  apply(operation: Operation): void {
    try {
      this.run(operation);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new StatusError(
        'Invalid',
        `the server rejected our request due to an error in our request: ${operation.op} ${JSON.stringify(operation.path)}: ${error.message}`,
      );
    }
  }

  private run({ op, path, from = '', value }: Operation): void {
    const to = parsePointer(path);
    if (op === 'add') this.add(to, value);
    else if (op === 'remove') this.remove(to);
    else if (op === 'replace') this.replace(to, value);
    else if (op === 'move') this.move(parsePointer(from), to);
    else if (op === 'copy') this.copy(parsePointer(from), to);
    else if (!equalJson(this.getOrNull(to), value)) throw new RangeError('test failed');
  }

  /** As in Kubernetes, a field that is not there is null: so a patch can ask that there be none, or copy it. */
  private getOrNull(steps: string[]): unknown {
    const last = steps[steps.length - 1];
    if (last === undefined) return this.document;
    const parent = this.get(steps.slice(0, -1));
    return isObject(parent) && !Object.hasOwn(parent, last) ? null : this.get(steps);
  }

  private get(steps: string[]): unknown {
    let value = this.document;
    for (const step of steps) {
      if (Array.isArray(value)) value = value[indexOf(step, value.length - 1)];
      else if (isObject(value) && Object.hasOwn(value, step)) value = value[step];
      else throw missing(step);
    }
    return value;
  }

  /** The container that holds the last step, made this patch's own along the way. */
  private parent(steps: string[]): JsonObject | unknown[] {
    this.document = this.own(this.document);
    let container = this.document as JsonObject | unknown[];
    for (const step of steps.slice(0, -1)) {
      if (Array.isArray(container)) {
        const index = indexOf(step, container.length - 1);
        container[index] = this.own(container[index]);
        container = container[index] as JsonObject | unknown[];
      } else {
        if (!Object.hasOwn(container, step)) throw missing(step);
        container[step] = this.own(container[step]);
        container = container[step] as JsonObject | unknown[];
      }
    }
    return container;
  }

  private own(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) throw new RangeError('a value on the path holds no other values');
    if (this.owned.has(value)) return value;
    const copy = Array.isArray(value) ? [...value] : { ...value };
    this.owned.add(copy);
    return copy;
  }

  private add(steps: string[], value: unknown): void {
    const last = steps[steps.length - 1];
    if (last === undefined) {
      this.document = value;
      return;
    }
    const parent = this.parent(steps);
    if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexOf(last, parent.length), 0, value);
    else parent[last] = value;
  }

  private remove(steps: string[]): unknown {
    const last = steps[steps.length - 1];
    if (last === undefined) throw new RangeError('the whole document cannot be removed');
    const parent = this.parent(steps);
    if (Array.isArray(parent)) return parent.splice(indexOf(last, parent.length - 1), 1)[0];
    if (!Object.hasOwn(parent, last)) throw missing(last);
    const value = parent[last];
    delete parent[last];
    return value;
  }

  /** As in Kubernetes, a field that is not there is set; what it stands in must be there. */
  private replace(steps: string[], value: unknown): void {
    const last = steps[steps.length - 1];
    if (last === undefined) {
      this.document = value;
      return;
    }
    const parent = this.parent(steps);
    if (Array.isArray(parent)) parent[indexOf(last, parent.length - 1)] = value;
    else parent[last] = value;
  }

  private move(from: string[], to: string[]): void {
    if (from.length === to.length && from.every((step, i) => step === to[i])) {
      this.get(from);
      return;
    }
    if (from.every((step, i) => step === to[i])) throw new RangeError('a value cannot be moved into itself');
    this.add(to, this.remove(from));
  }

  private copy(from: string[], to: string[]): void {
    const value = this.getOrNull(from);
    this.copied += sizeOf(value, MAX_COPIED - this.copied);
    if (this.copied > MAX_COPIED) throw new RangeError(`copies of one patch may add ${MAX_COPIED} bytes at most`);
    // The value stands in two places from now on: neither may be changed in place.
    this.owned = new Set();
    this.add(to, value);
  }
}

/** A place in a list; as in Kubernetes, -1 is the last one, and so on backwards. */
function indexOf(step: string, max: number): number {
  if (/^-[1-9]\d{0,8}$/.test(step)) {
    const fromEnd = Number(step) + max + 1;
    if (fromEnd < 0) throw new RangeError(`index ${step} is out of the list's bounds`);
    return fromEnd;
  }
  if (!/^(0|[1-9]\d{0,8})$/.test(step)) throw new RangeError(`${JSON.stringify(step)} is no index of a list`);
  const index = Number(step);
  if (index > max) throw new RangeError(`index ${index} is out of the list's bounds`);
  return index;
}

function missing(step: string): RangeError {
  return new RangeError(`doc is missing key: ${step}: missing value`);
}

/** About the bytes of a value's JSON; stops counting beyond the limit. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const key of Object.keys(value)) {
    size += key.length + 3 + sizeOf((value as JsonObject)[key], limit - size);
    if (size > limit) break;
  }
  return size;
}
