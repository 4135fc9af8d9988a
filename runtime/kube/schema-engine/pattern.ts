type Matcher = (text: string) => boolean;
type Compiled = ReturnType<typeof import('re2js')['RE2JS']['compile']>;

const kept = new Map<string, { compiled: Compiled; size: number }>();
const maxKept = 1000;

/** Matching took more steps than it may. */
export class PatternBudgetExceeded extends Error {
  constructor() {
    super('matching patterns takes too long: the text is too long for the pattern');
    this.name = 'PatternBudgetExceeded';
  }
}

/**
 * Steps of the matching that runs now; one for each character and each part of the pattern, of some 50 to 250 ns. RE2
 * takes a time that is linear in the text, but a pattern of a thousand parts makes even that long.
 */
let left = Number.POSITIVE_INFINITY;

/** Runs something that matches patterns, all of it in at most so many steps. @throws PatternBudgetExceeded */
export function withPatternBudget<T>(steps: number, run: () => T): T {
  const before = left;
  left = steps;
  try {
    return run();
  } finally {
    left = before;
  }
}

/**
 * A pattern as Go's regexp understands it: RE2, whose time is linear in the text, so that no pattern that somebody else
 * wrote can stall the server.
 * @throws Error saying what is wrong with the pattern
 */
export function compilePattern(pattern: string): Matcher {
  const { compiled, size } = compiledPattern(pattern);
  return (text) => {
    spend(size * (text.length + 1));
    return compiled.matcher(text).find();
  };
}

/** The first `limit` matches of a pattern in a text, none of which overlap; all of them where the limit is negative. */
export function findPatterns(pattern: string, text: string, limit: number): string[] {
  const { compiled, size } = compiledPattern(pattern);
  spend(size * (text.length + 1));
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new PatternBudgetExceeded();
}

function compiledPattern(pattern: string): { compiled: Compiled; size: number } {
  let known = kept.get(pattern);
  if (!known) {
    // Loaded when the first pattern is met: most processes never meet one.
    const { RE2JS } = require('re2js') as typeof import('re2js');
    const compiled = RE2JS.compile(pattern);
    known = { compiled, size: compiled.programSize() };
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value as string);
    kept.set(pattern, known);
  }
  return known;
}
