import { duplicate, invalid, required } from '../field-errors';
import type { FieldError } from '../kind';
import type { StructuralSchema } from '../schema';
import { type AnyNode, compile, type ListNode, type ObjectNode, type SchemaNode } from './compile';
import { someSchema } from './some-schema';
import { builtInRules, type ValueRules } from './value-rules';
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
  /** What is checked of single values, and in whose words. @default those of built-in kinds */
  rules?: ValueRules;
  /**
   * The value before an update: what is as it was is not looked at, so that an object which broke a rule before there
   * was the rule can still be changed elsewhere. @default everything is looked at
   */
  old?: unknown;
  /** Told of each value of the right type whose schema has `x-kubernetes-validations`, parents before children. */
  visit?: (visited: VisitedValue) => void;
}

export interface VisitedValue {
  schema: StructuralSchema;
  value: unknown;
  /** The same value before the update; undefined where there is none that can be told to be the same. */
  old: unknown;
  /** Whether it stands in a value that is as it was: only rules about the change itself have something to say. */
  unchanged: boolean;
  /** Keys of maps are in brackets, whatever the rules for single values write. */
  path: string;
}

/** Checks a value against its schema; unknown fields are not looked at (see `normalize`). Changes nothing. */
export function validateSchema(
  schema: StructuralSchema,
  value: unknown,
  options: ValidationOptions = {},
): FieldError[] {
  const visitor = new Validator(options, new PathStack(options.path));
  visitor.visit(compile(schema), value, options.old);
  return visitor.errors;
}

/** What is done with each value inside another, the path leading to it. */
type Look = (node: SchemaNode, value: unknown, old: unknown) => void;

class Validator {
  readonly errors: FieldError[] = [];
  private readonly rules: ValueRules;

  constructor(
    private readonly options: ValidationOptions,
    private readonly path: PathStack,
  ) {
    this.rules = options.rules ?? builtInRules;
  }

  visit(node: SchemaNode, value: unknown, old: unknown): void {
    const { schema } = node;
    if (value === null && schema.nullable) return;
    if (old !== undefined && isUnchanged(node, value, old)) {
      this.visitUnchanged(node, value, old);
      return;
    }
    const wrong = this.rules.wrongType(node, value, this.path);
    if (wrong) this.errors.push(wrong);
    else {
      this.tell(schema, value, old, false);
      this.visitContent(node, value, old);
    }
    if (schema.enum && !schema.enum.some((allowed) => equalJson(allowed, value))) {
      this.errors.push(this.rules.enumeration(schema, value, this.path.toString()));
    }
  }

  private visitUnchanged(node: SchemaNode, value: unknown, old: unknown): void {
    if (!this.options.visit || value === null || !holdsRules(node.schema)) return;
    if (this.rules.wrongType(node, value, this.path)) return;
    this.tell(node.schema, value, old, true);
    const visit = (child: SchemaNode, item: unknown, before: unknown) => this.visitUnchanged(child, item, before);
    if (Array.isArray(value)) this.eachItem(node as ListNode | AnyNode, value, old, visit);
    else if (isObject(value)) this.eachField(node as ObjectNode | AnyNode, value, old, visit);
  }

  private tell(schema: StructuralSchema, value: unknown, old: unknown, unchanged: boolean): void {
    if (!this.options.visit || !schema['x-kubernetes-validations']?.length) return;
    this.options.visit({ schema, value, old, unchanged, path: this.path.withKeys() });
  }

  private visitContent(node: SchemaNode, value: unknown, old: unknown): void {
    const { schema } = node;
    if (hasValueRules(schema)) this.errors.push(...this.rules.value(schema, value, this.path));
    if (Array.isArray(value)) this.visitList(node as ListNode | AnyNode, value, old);
    else if (isObject(value)) this.visitObject(node as ObjectNode | AnyNode, value, old);
    if (schema.allOf || schema.anyOf || schema.oneOf || schema.not) this.visitBranches(schema, value);
  }

  private visitObject(node: ObjectNode | AnyNode, value: JsonObject, old: unknown): void {
    if (this.options.required !== false) {
      for (const name of node.schema.required ?? []) {
        if (isMissing(node, value, name)) this.errors.push(required(this.path.child(name)));
      }
    }
    this.eachField(node, value, old, (child, item, before) => this.visit(child, item, before));
  }

  private eachField(node: ObjectNode | AnyNode, value: JsonObject, old: unknown, look: Look): void {
    if (node.kind !== 'object') return;
    const before = isObject(old) ? old : undefined;
    for (const key of Object.keys(value)) {
      const field = node.fields.get(key);
      const child = field?.node ?? node.rest;
      const item = value[key];
      // A field that is null is a field that is not there.
      if (!child || (field && item === null) || item === undefined) continue;
      if (field) this.path.pushField(key);
      else if (this.rules.mapKeys === 'dotted') this.path.pushKeyAsField(key);
      else this.path.pushKey(key);
      look(child, item, before?.[key]);
      this.path.pop();
    }
  }

  private visitList(node: ListNode | AnyNode, value: unknown[], old: unknown): void {
    if (node.kind !== 'list') return;
    const seen = this.options.uniqueItems && node.listType !== 'atomic' ? new Set<string>() : undefined;
    this.eachItem(node, value, old, (child, item, before) => {
      this.visit(child, item, before);
      if (seen) this.checkUnique(node, item, seen);
    });
  }

  private eachItem(node: ListNode | AnyNode, value: unknown[], old: unknown, look: Look): void {
    if (node.kind !== 'list') return;
    const before = itemsByKey(node, old);
    for (let i = 0; i < value.length; i++) {
      this.path.pushKey(i);
      look(node.items, value[i], before?.get(identityOf(node, value[i])));
      this.path.pop();
    }
  }

  private checkUnique(node: ListNode, item: unknown, seen: Set<string>): void {
    const text = identityOf(node, item);
    if (seen.has(text)) this.errors.push(duplicate(this.path.toString(), JSON.parse(text)));
    seen.add(text);
  }

  /** As Kubernetes' validator: a branch counts as a whole, and what is wrong in it is told of `allOf` alone. */
  private visitBranches({ allOf, anyOf, oneOf, not }: StructuralSchema, value: unknown): void {
    const must = (what: string) => {
      const path = this.path.toString();
      this.errors.push(invalid(path, '', `${JSON.stringify(path)} must ${what}`));
    };
    const failures = (allOf ?? []).map((branch) => this.tryBranch(branch, value)).filter((errors) => errors.length > 0);
    if (failures.length > 0) {
      must('validate all the schemas (allOf)');
      this.errors.push(...failures.flat());
    }
    if (anyOf?.length && !anyOf.some((branch) => this.tryBranch(branch, value).length === 0)) {
      must('validate at least one schema (anyOf)');
    }
    if (oneOf?.length) {
      const valid = oneOf.filter((branch) => this.tryBranch(branch, value).length === 0).length;
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      if (valid !== 1) must(`validate one and only one schema (oneOf). ${found}`);
    }
    if (not && this.tryBranch(not, value).length === 0) must('not validate the schema (not)');
  }

  private tryBranch(branch: StructuralSchema, value: unknown): FieldError[] {
    const visitor = new Validator({ ...this.options, visit: undefined }, this.path);
    visitor.visit(compile(branch), value, undefined);
    return visitor.errors;
  }
}

const valueRules: ReadonlyArray<keyof StructuralSchema> = [
  'format',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];

const checked = new WeakMap<StructuralSchema, boolean>();

function hasValueRules(schema: StructuralSchema): boolean {
  let found = checked.get(schema);
  if (found === undefined) {
    found = valueRules.some((rule) => schema[rule] !== undefined);
    checked.set(schema, found);
  }
  return found;
}

const holdsRules = someSchema((schema) => (schema['x-kubernetes-validations']?.length ?? 0) > 0);

/** What makes an item of a set or map list the same item in another list, as JSON. */
function identityOf(node: ListNode, item: unknown): string {
  if (node.listType !== 'map' || !isObject(item)) return JSON.stringify(item);
  return JSON.stringify(Object.fromEntries(node.keys.map((key) => [key, item[key]])));
}

/** Items of a map list by their keys; those of other lists cannot be told to be the same. */
function itemsByKey(node: ListNode, list: unknown): Map<string, unknown> | undefined {
  if (node.listType !== 'map' || !Array.isArray(list)) return undefined;
  return new Map(list.map((item) => [identityOf(node, item), item]));
}

/** Whether nothing differs but, in a map list, the order of its items. */
function isUnchanged(node: SchemaNode, value: unknown, old: unknown): boolean {
  if (equalJson(value, old)) return true;
  if (node.kind !== 'list' || !Array.isArray(value) || !Array.isArray(old) || value.length !== old.length) return false;
  const [now, before] = [itemsByKey(node, value), itemsByKey(node, old)];
  if (!now || !before || now.size !== value.length || before.size !== old.length) return false;
  return [...now].every(([identity, item]) => equalJson(item, before.get(identity)));
}

/** A field that is null is not there, unless null is one of its values. */
function isMissing(node: ObjectNode | AnyNode, value: JsonObject, name: string): boolean {
  if (value[name] === null) return node.kind !== 'object' || !node.fields.get(name)?.nullable;
  return value[name] === undefined;
}
