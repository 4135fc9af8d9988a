export { Budget, BudgetExceeded } from './budget';
export { estimateLimit, maxItems } from './estimate';
export { type CompiledRule, type RuleProblem, RuleSet } from './rule';
