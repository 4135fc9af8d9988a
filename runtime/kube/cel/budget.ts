import { allNodes, type CelNode } from './nodes';

/** A rule took more steps than it may: no more rules are run for the request. */
export class BudgetExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'BudgetExceeded';
  }
}

/** What one expression may cost, and all expressions of one object together; in steps of some 50 ns. */
export const expressionBudget = 1_000_000;
export const objectBudget = 2_000_000;

/** Counts down; one for each object that is validated. */
export class Budget {
  private left = 0;
  private total = objectBudget;

  /** Begins an expression. @throws BudgetExceeded when nothing is left for it */
  begin(): void {
    if (this.total <= 0) throw new BudgetExceeded();
    this.left = Math.min(expressionBudget, this.total);
  }

  spend(steps: number): void {
    this.left -= steps;
    this.total -= steps;
    // Once spent, every further step fails: a quantifier takes an error for an answer and goes on.
    if (this.left < 0) throw new BudgetExceeded();
  }
}

/** The budget of the evaluation that runs: evaluations are synchronous and never nested. */
let current: Budget | undefined;

export function withBudget<T>(budget: Budget, run: () => T): T {
  current = budget;
  try {
    budget.begin();
    return run();
  } finally {
    current = undefined;
  }
}

/** Makes every step of an expression cost: one, and more where it gives a long text or makes a list. */
export function meter(root: unknown): void {
  for (const node of allNodes(root)) meterNode(node);
}

function meterNode(node: CelNode): void {
  let inner = node.evaluate;
  const makesLists = ['call', 'rcall', '+', 'list'].includes(node.op);
  const metered = function (this: unknown, evaluator: unknown, self: unknown, context: unknown): unknown {
    current?.spend(1);
    const value = inner.call(node, evaluator, self, context);
    if (typeof value === 'string') {
      if (value.length > 10) current?.spend(Math.ceil(value.length / 10));
    } else if (makesLists && Array.isArray(value)) current?.spend(value.length);
    return value;
  };
  // The library replaces the method when it is first called.
  Object.defineProperty(node, 'evaluate', {
    configurable: true,
    get: () => metered,
    set: (next: CelNode['evaluate']) => {
      inner = next;
    },
  });
}
