import { compilePattern, findPatterns } from '../../schema-engine/pattern';
import type { Environment } from '../load';

const sync = { async: false };

/** The functions of texts beyond CEL's own: those of its strings extension, and regular expressions. */
export function registerTexts(environment: Environment): void {
  const define = (signature: string, run: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, run as never, sync);
  // Rules say `matches`; see rule.ts. The library's own takes JavaScript's patterns, which can stall the server.
  define('string.matchesPattern(string): bool', (text: string, pattern: string) => compilePattern(pattern)(text));
  define('matchesPattern(string, string): bool', (text: string, pattern: string) => compilePattern(pattern)(text));
  define('string.find(string): string', (text: string, pattern: string) => findPatterns(pattern, text, 1)[0] ?? '');
  define('string.findAll(string): list<string>', (text: string, pattern: string) => findPatterns(pattern, text, -1));
  define('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
    findPatterns(pattern, text, Number(limit)),
  );
  define('string.charAt(int): string', (text: string, index: bigint) => {
    const characters = [...text];
    if (index < 0n || index > characters.length) throw new Error(`index out of range: ${index}`);
    return characters[Number(index)] ?? '';
  });
  define('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  define('string.replace(string, string, int): string', (text: string, from: string, to: string, limit: bigint) => {
    if (limit < 0n) return text.replaceAll(from, () => to);
    let left = Number(limit);
    return text.replaceAll(from, () => (left-- > 0 ? to : from));
  });
  define('string.reverse(): string', (text: string) => [...text].reverse().join(''));
}
