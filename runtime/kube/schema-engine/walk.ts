/** An object of fields, as JSON has it. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a walk is. Steps are pushed and popped, and put together only where a path is told. */
export class PathStack {
  private readonly steps: Array<string | KeyAsField> = [];

  constructor(private readonly base = '') {}

  pushField(name: string): void {
    this.steps.push(this.asField(name));
  }

  /** A key of a map that is written as a field is. */
  pushKeyAsField(key: string): void {
    this.steps.push(new KeyAsField(key, this.asField(key)));
  }

  pushKey(key: string | number): void {
    this.steps.push(`[${key}]`);
  }

  pop(): void {
    this.steps.pop();
  }

  toString(): string {
    return this.base + this.steps.join('');
  }

  /** The path with every key of a map written as one. */
  withKeys(): string {
    return this.base + this.steps.map((step) => (typeof step === 'string' ? step : `[${step.key}]`)).join('');
  }

  /** The path of a field of where the walk is. */
  child(name: string): string {
    const here = this.toString();
    return here === '' ? name : `${here}.${name}`;
  }

  private asField(name: string): string {
    return this.steps.length === 0 && this.base === '' ? name : `.${name}`;
  }
}

class KeyAsField {
  constructor(
    readonly key: string,
    private readonly text: string,
  ) {}

  toString(): string {
    return this.text;
  }
}

/** A copy that shares nothing with the original; for JSON values only. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = (value as JsonObject)[key];
    if (item !== undefined) copy[key] = cloneJson(item);
  }
  return copy as T;
}

/** Whether two JSON values are the same; the order of keys does not count, nor do keys that are undefined. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  const keys = definedKeys(a as JsonObject);
  if (keys.length !== definedKeys(b as JsonObject).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalJson((a as JsonObject)[key], (b as JsonObject)[key]));
}

function definedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  return keys.some((key) => object[key] === undefined) ? keys.filter((key) => object[key] !== undefined) : keys;
}
