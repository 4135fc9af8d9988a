import type { ValidationRule } from '../generated/types';
import type { StructuralSchema } from '../schema';
import { type Budget, BudgetExceeded, meter, withBudget } from './budget';
import { asResource, type Declared, Declarer } from './declare';
import { newEnvironment } from './environment';
import { estimateCost, uses } from './estimate';
import { type Environment, optionalOf } from './load';
import { allNodes, type CelNode } from './nodes';

/** A rule made ready to run. */
export interface CompiledRule {
  rule: ValidationRule;
  /** Whether it speaks of the value before an update. */
  usesOld: boolean;
  /** Steps that it takes at the most on one value. */
  cost: number;
  /** @throws BudgetExceeded; Error saying why the rule has no answer */
  holds(self: unknown, old: unknown, budget: Budget): boolean;
  /** The text of `messageExpression`; undefined where there is none, or it gives no text of one line. */
  message(self: unknown, old: unknown, budget: Budget): string | undefined;
}

/** What is wrong with a rule; the field is the rule's own that it is wrong in. */
export interface RuleProblem {
  index: number;
  field: 'rule' | 'messageExpression';
  text: string;
}

/** Functions of the library that Kubernetes has not: a rule that uses one would be refused elsewhere. */
const foreign = ['json', 'hex', 'base64', 'at', 'string', 'getDate'];

/** Functions of the library that could stall the server or fill its memory, and ours in their place. */
const replacements = new Map([
  ['matches', 'matchesPattern'],
  ['join', 'joinTexts'],
]);

interface Expression {
  root: CelNode;
  usesOld: boolean;
  run(context: Record<string, unknown>): unknown;
}

/** The rules of one schema, which share the types of its values. */
export class RuleSet {
  readonly rules: CompiledRule[] = [];
  readonly problems: RuleProblem[] = [];
  private readonly declared: Declared;
  private readonly base: Environment;
  private readonly environments = new Map<boolean, Environment>();
  private converted: Array<[unknown, unknown]> = [];

  /** @param isResource whether the schema is that of a whole object, which has names */
  constructor(
    private readonly schema: StructuralSchema,
    isResource: boolean,
  ) {
    this.base = newEnvironment();
    this.declared = new Declarer(this.base).declare(isResource ? asResource(schema) : schema);
    (schema['x-kubernetes-validations'] ?? []).forEach((rule, index) => {
      const compiled = this.compile(rule, index);
      if (compiled) this.rules.push(compiled);
    });
  }

  private environmentFor(optional: boolean): Environment {
    let environment = this.environments.get(optional);
    if (!environment) {
      const { type } = this.declared;
      environment = this.base.clone().registerVariable('self', type);
      environment.registerVariable('oldSelf', optional ? `optional<${type}>` : type);
      this.environments.set(optional, environment);
    }
    return environment;
  }

  /** A value as the rules see it; all rules of a schema are run on one value after the other. */
  private convert(value: unknown): unknown {
    const known = this.converted.find(([json]) => json === value);
    if (known) return known[1];
    const converted = this.declared.convert(value);
    this.converted = [[value, converted], ...this.converted.slice(0, 1)];
    return converted;
  }

  private compile(rule: ValidationRule, index: number): CompiledRule | undefined {
    const environment = this.environmentFor(rule.optionalOldSelf ?? false);
    const take = (field: RuleProblem['field'], text: string, type: string): Expression | undefined => {
      try {
        return expression(environment, text, type);
      } catch (error) {
        this.problems.push({ index, field, text: (error as Error).message });
        return undefined;
      }
    };
    const main = take('rule', rule.rule, 'bool');
    const message =
      rule.messageExpression === undefined ? undefined : take('messageExpression', rule.messageExpression, 'string');
    if (!main || (rule.messageExpression !== undefined && !message)) return undefined;
    const contextOf = (self: unknown, old: unknown) => {
      const before = old === undefined ? undefined : this.convert(old);
      return { self: this.convert(self), oldSelf: rule.optionalOldSelf ? optionalOf(before) : before };
    };
    return {
      rule,
      usesOld: main.usesOld || (message?.usesOld ?? false),
      cost: estimateCost(main.root, this.schema),
      holds: (self, old, budget) => withBudget(budget, () => main.run(contextOf(self, old))) === true,
      message: (self, old, budget) => {
        if (!message) return undefined;
        try {
          const text = withBudget(budget, () => message.run(contextOf(self, old)));
          return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text.trim() : undefined;
        } catch (error) {
          if (error instanceof BudgetExceeded) throw error;
          return undefined;
        }
      },
    };
  }
}

/** @throws Error saying what is wrong with the text, in the words of a compiler */
function expression(environment: Environment, text: string, type: string): Expression {
  const parsed = parse(environment, text);
  const root = parsed.ast as unknown as CelNode;
  for (const node of allNodes(root)) replaceFunctions(node);
  const checked = parsed.check();
  if (!checked.valid) throw new Error(summaryOf(checked.error));
  if (checked.type !== type && checked.type !== 'dyn') {
    throw new Error(`cel expression must evaluate to a ${type}, got ${checked.type}`);
  }
  meter(root);
  return { root, usesOld: uses(root, 'oldSelf'), run: (context) => parsed(context) };
}

function parse(environment: Environment, text: string) {
  try {
    return environment.parse(text);
  } catch (error) {
    throw new Error(`Syntax error: ${(error as Error).message}`);
  }
}

function replaceFunctions(node: CelNode): void {
  if (node.op !== 'rcall' && node.op !== 'call') return;
  const args = node.args as unknown[];
  const name = String(args[0]);
  const replacement = replacements.get(name);
  if (replacement) args[0] = replacement;
  if (node.op === 'rcall' && foreign.includes(name)) throw new Error(`undeclared reference to '${name}'`);
}

/** What the library says of an expression in the words of Kubernetes' own compiler, where they differ. */
const words: Array<[RegExp, string]> = [
  [/^No such key: (.*)$/, "undefined field '$1'"],
  [/^Cannot index type '(.*)'$/, "type '$1' does not support field selection"],
];

function summaryOf(error: unknown): string {
  const { summary, message } = error as { summary?: string; message?: string };
  const named = [...replacements].reduce((told, [name, ours]) => told.replaceAll(ours, name), summary ?? message ?? '');
  return words.reduce((told, [theirs, kubernetes]) => told.replace(theirs, kubernetes), named || String(error));
}
