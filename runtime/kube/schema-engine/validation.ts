import { duplicate, invalid, notSupported, required, tooMany, typeInvalid } from '../field-errors';
import type { FieldError } from '../kind';
import type { StructuralSchema } from '../schema';
import { compile, type ListNode, type ObjectNode, type ScalarNode, type SchemaNode } from './compile';
import { typeProblem, valueProblems } from './scalars';
import { equalJson, isObject, type JsonObject, PathStack } from './walk';

export interface ValidationOptions {
  /** Where the value stands, for the errors' fields. @default the root */
  path?: string;
  /**
   * Whether missing required fields are errors. Kubernetes leaves that to a built-in kind's own rules, where a
   * missing number is 0 and may be fine. @default true
   */
  required?: boolean;
  /** Whether sets and map lists may hold an item once only, as for custom resources. @default false */
  uniqueItems?: boolean;
}

/** Checks a value against its schema; unknown fields are not looked at (see `normalize`). Changes nothing. */
export function validateSchema(
  schema: StructuralSchema,
  value: unknown,
  options: ValidationOptions = {},
): FieldError[] {
  const visitor = new Validator(options);
  visitor.visit(compile(schema), value);
  return visitor.errors;
}

class Validator {
  readonly errors: FieldError[] = [];
  private readonly path: PathStack;

  constructor(private readonly options: ValidationOptions) {
    this.path = new PathStack(options.path);
  }

  visit(node: SchemaNode, value: unknown): void {
    if (value === null && node.schema.nullable) return;
    switch (node.kind) {
      case 'object':
        if (isObject(value)) this.visitObject(node, value);
        else this.wrongType(value, 'must be an object');
        break;
      case 'list':
        if (Array.isArray(value)) this.visitList(node, value);
        else this.wrongType(value, 'must be a list');
        break;
      case 'scalar':
        this.visitScalar(node, value);
    }
    if (node.schema.enum && !node.schema.enum.some((allowed) => equalJson(allowed, value))) {
      this.errors.push(notSupported(this.path.toString(), value, node.schema.enum.map(String)));
    }
  }

  private wrongType(value: unknown, problem: string): void {
    this.errors.push(typeInvalid(this.path.toString(), value, problem));
  }

  private visitScalar(node: ScalarNode, value: unknown): void {
    const problem = typeProblem(node, value);
    if (problem) {
      this.wrongType(value, problem);
      return;
    }
    for (const text of valueProblems(node.schema, value)) {
      this.errors.push(invalid(this.path.toString(), value, text));
    }
  }

  private visitObject(node: ObjectNode, value: JsonObject): void {
    if (this.options.required !== false) {
      for (const name of node.required) {
        if (value[name] === undefined || value[name] === null) this.errors.push(required(this.path.child(name)));
      }
    }
    for (const key of Object.keys(value)) {
      const field = node.fields.get(key);
      const child = field?.node ?? node.rest;
      const item = value[key];
      // A field that is null is a field that is not there.
      if (!child || (field && item === null) || item === undefined) continue;
      if (field) this.path.pushField(key);
      else this.path.pushKey(key);
      this.visit(child, item);
      this.path.pop();
    }
  }

  private visitList(node: ListNode, value: unknown[]): void {
    const { minItems, maxItems } = node.schema;
    const here = () => this.path.toString();
    if (maxItems !== undefined && value.length > maxItems) this.errors.push(tooMany(here(), value.length, maxItems));
    if (minItems !== undefined && value.length < minItems) {
      this.errors.push(invalid(here(), value.length, `must have at least ${minItems} items`));
    }
    const seen = this.options.uniqueItems && node.listType !== 'atomic' ? new Set<string>() : undefined;
    for (let i = 0; i < value.length; i++) {
      this.path.pushKey(i);
      this.visit(node.items, value[i]);
      if (seen) this.checkUnique(node, value[i], seen);
      this.path.pop();
    }
  }

  private checkUnique(node: ListNode, item: unknown, seen: Set<string>): void {
    const identity =
      node.listType === 'map' && isObject(item) ? Object.fromEntries(node.keys.map((key) => [key, item[key]])) : item;
    const text = JSON.stringify(identity);
    if (seen.has(text)) this.errors.push(duplicate(this.path.toString(), identity));
    seen.add(text);
  }
}
