type Matcher = (text: string) => boolean;

const kept = new Map<string, Matcher>();
const maxKept = 1000;

/**
 * A pattern as Go's regexp understands it: RE2, whose time is linear in the text, so that no pattern that somebody else
 * wrote can stall the server.
 * @throws Error saying what is wrong with the pattern
 */
export function compilePattern(pattern: string): Matcher {
  let matcher = kept.get(pattern);
  if (!matcher) {
    // Loaded when the first pattern is met: most processes never meet one.
    const { RE2JS } = require('re2js') as typeof import('re2js');
    const compiled = RE2JS.compile(pattern);
    matcher = (text) => compiled.matcher(text).find();
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value as string);
    kept.set(pattern, matcher);
  }
  return matcher;
}
