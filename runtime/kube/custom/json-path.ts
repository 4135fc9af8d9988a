import { isObject } from '../schema-engine';

const maxLength = 4096;

/** One step of a JSONPath; each maps the values found so far to the next ones. */
type Step = (values: readonly unknown[]) => unknown[];

/** Gives every value that a path leads to. */
export type JsonPath = (value: unknown) => unknown[];

/**
 * Reads a JSONPath as kubectl and custom resource definitions know it, beginning at the object: `.spec.replicas`,
 * `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a.b/c']`, `.spec.items[*].name`, `[0:2]`, `..name`.
 * @throws Error saying what is wrong with the text
 */
export function parseJsonPath(text: string): JsonPath {
  if (text.length > maxLength) throw new Error(`invalid JSONPath: it is longer than ${maxLength} characters`);
  const reader = new PathReader(text);
  const steps = reader.steps();
  return (value) => steps.reduce<unknown[]>((values, step) => step(values), [value]);
}

class PathReader {
  private at = 0;

  constructor(private readonly text: string) {}

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.at < this.text.length) steps.push(this.step());
    return steps;
  }

  private step(): Step {
    if (this.take('..')) {
      const next = this.peek() === '[' ? this.bracket() : fieldStep(this.name());
      return (values) => next(values.flatMap(descendants));
    }
    if (this.peek() === '[') return this.bracket();
    if (!this.take('.')) return this.fail(`expected . or [ at ${this.at}`);
    if (this.peek() === '[') return this.bracket();
    const name = this.name();
    return name === '*' ? everyStep : fieldStep(name);
  }

  private name(): string {
    let name = '';
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] as string;
      if (char === '.' || char === '[') break;
      if (char === '\\') this.at++;
      else if (!/[\w$*/@:-]/.test(char)) return this.fail(`unexpected ${JSON.stringify(char)} at ${this.at}`);
      name += this.text[this.at] ?? '';
    }
    return name === '' ? this.fail(`expected a name at ${this.at}`) : name;
  }

  private bracket(): Step {
    const inside = this.inside();
    const quoted = /^\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*$/.exec(inside);
    if (quoted) return fieldStep((quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1'));
    if (inside.trim() === '*') return everyStep;
    const filter = /^\?\(\s*(@[^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?)\s*)?\)$/s.exec(inside);
    if (filter) return this.filter(filter[1] as string, filter[2], filter[3]);
    if (/^-?\d+(,-?\d+)*$/.test(inside)) {
      const indexes = inside.split(',').map(Number);
      return (values) => values.flatMap((value) => (Array.isArray(value) ? pick(value, indexes) : []));
    }
    const slice = /^(-?\d*):(-?\d*)(?::(\d+))?$/.exec(inside);
    if (!slice) return this.fail(`cannot understand [${inside}]`);
    const [, from = '', to = '', step = '1'] = slice;
    const every = Math.max(1, Number(step));
    return (values) =>
      values.flatMap((value) =>
        Array.isArray(value)
          ? value.slice(from ? Number(from) : 0, to ? Number(to) : undefined).filter((_, index) => index % every === 0)
          : [],
      );
  }

  /** The text between a bracket and the one that closes it. */
  private inside(): string {
    const start = ++this.at;
    let depth = 1;
    let quote = '';
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at] as string;
      if (char === '\\') this.at++;
      else if (quote) quote = char === quote ? '' : quote;
      else if (char === "'" || char === '"') quote = char;
      else if (char === '[') depth++;
      else if (char === ']' && --depth === 0) return this.text.slice(start, this.at++);
    }
    return this.fail('a bracket is not closed');
  }

  private filter(left: string, operator: string | undefined, right: string | undefined): Step {
    const path = left === '@' ? (value: unknown) => [value] : parseJsonPath(left.slice(1));
    const wanted = right === undefined ? undefined : this.literal(right);
    const holds = (item: unknown) => {
      const found = path(item);
      if (operator === undefined) return found.length > 0;
      return found.some((value) => compares(value, operator, wanted));
    };
    return (values) => values.flatMap((value) => (Array.isArray(value) ? value.filter(holds) : []));
  }

  private literal(text: string): unknown {
    const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
    if (quoted) return quoted[1] ?? quoted[2];
    if (text === 'true' || text === 'false') return text === 'true';
    if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    return this.fail(`cannot understand ${text} in a filter`);
  }

  private peek(): string | undefined {
    return this.text[this.at];
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private fail(why: string): never {
    throw new Error(`invalid JSONPath ${JSON.stringify(this.text)}: ${why}`);
  }
}

function fieldStep(name: string): Step {
  return (values) => values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
}

const everyStep: Step = (values) =>
  values.flatMap((value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []));

function descendants(value: unknown): unknown[] {
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return [value, ...inner.flatMap(descendants)];
}

function pick(list: readonly unknown[], indexes: readonly number[]): unknown[] {
  return indexes.flatMap((index) => list.slice(index < 0 ? list.length + index : index).slice(0, 1));
}

function compares(value: unknown, operator: string, wanted: unknown): boolean {
  if (operator === '==') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string')) return false;
  const [a, b] = [value, wanted as typeof value];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}
