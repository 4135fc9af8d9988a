import { Budget, BudgetExceeded, type CompiledRule, RuleSet } from '../cel';
import { invalid } from '../field-errors';
import type { FieldError } from '../kind';
import type { StructuralSchema } from '../schema';
import { PatternBudgetExceeded, type VisitedValue } from '../schema-engine';

/** How Kubernetes writes the path of the object itself. */
const root = '<nil>';

const compiled = new WeakMap<StructuralSchema, readonly CompiledRule[]>();

/** The rules of a schema, compiled when they are first run. */
function rulesOf(schema: StructuralSchema, isResource: boolean): readonly CompiledRule[] {
  let rules = compiled.get(schema);
  if (!rules) {
    rules = new RuleSet(schema, isResource).rules;
    compiled.set(schema, rules);
  }
  return rules;
}

/**
 * Runs the `x-kubernetes-validations` of values that have passed their schemas, parents first. All rules of an object
 * share one budget; when it is spent, the object is refused and no more rules are run.
 */
export function checkRules(values: readonly VisitedValue[]): FieldError[] {
  const budget = new Budget();
  const errors: FieldError[] = [];
  for (const value of values) {
    for (const rule of rulesOf(value.schema, value.path === '')) {
      if (value.unchanged && !rule.usesOld) continue;
      // A rule about a change has nothing to say of what is new.
      if (rule.usesOld && value.old === undefined && !rule.rule.optionalOldSelf) continue;
      try {
        if (rule.holds(value.value, value.old, budget)) continue;
        errors.push(broken(rule, value, budget));
      } catch (error) {
        const type = value.schema.type ?? '';
        const text = rule.rule.rule.trim();
        if (error instanceof BudgetExceeded) {
          const why = `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`;
          return [...errors, invalid(value.path || root, type, why)];
        }
        if (error instanceof PatternBudgetExceeded) throw error;
        const { summary, message } = error as Error & { summary?: string };
        errors.push(invalid(value.path || root, type, `${summary ?? message} evaluating rule: ${text}`));
      }
    }
  }
  return errors;
}

function broken(compiledRule: CompiledRule, { schema, value, old, path }: VisitedValue, budget: Budget): FieldError {
  const { rule } = compiledRule;
  const detail =
    compiledRule.message(value, old, budget) ?? (rule.message?.trim() || `failed rule: ${rule.rule.trim()}`);
  const field = rule.fieldPath
    ? path === ''
      ? rule.fieldPath.replace(/^\./, '')
      : path + rule.fieldPath
    : path || root;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return { type: 'Forbidden', field, detail };
    case 'FieldValueRequired':
      return { type: 'Required', field, detail };
    case 'FieldValueDuplicate':
      return { type: 'Duplicate', field, value: schema.type, detail };
    default:
      return invalid(field, schema.type ?? '', detail);
  }
}
