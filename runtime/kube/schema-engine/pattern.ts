type Matcher = (text: string) => boolean;
type Compiled = ReturnType<typeof import('re2js')['RE2JS']['compile']>;

const kept = new Map<string, Compiled>();
const maxKept = 1000;

/**
 * A pattern as Go's regexp understands it: RE2, whose time is linear in the text, so that no pattern that somebody else
 * wrote can stall the server.
 * @throws Error saying what is wrong with the pattern
 */
export function compilePattern(pattern: string): Matcher {
  const compiled = compiledPattern(pattern);
  return (text) => compiled.matcher(text).find();
}

/** The first `limit` matches of a pattern in a text, none of which overlap; all of them where the limit is negative. */
export function findPatterns(pattern: string, text: string, limit: number): string[] {
  const matcher = compiledPattern(pattern).matcher(text);
  const found: string[] = [];
  while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function compiledPattern(pattern: string): Compiled {
  let compiled = kept.get(pattern);
  if (!compiled) {
    // Loaded when the first pattern is met: most processes never meet one.
    const { RE2JS } = require('re2js') as typeof import('re2js');
    compiled = RE2JS.compile(pattern);
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value as string);
    kept.set(pattern, compiled);
  }
  return compiled;
}
