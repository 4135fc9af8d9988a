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
    replace(text, from, to, -1),
  );
  define('string.replace(string, string, int): string', (text: string, from: string, to: string, limit: bigint) =>
    replace(text, from, to, Number(limit)),
  );
  // Rules say `join`; the library's own does not look how long the text becomes.
  define('list<string>.joinTexts(): string', (list: string[]) => join(list, ''));
  define('list<string>.joinTexts(string): string', join);
  define('string.reverse(): string', (text: string) => [...text].reverse().join(''));
}

/** No text that a rule makes may be longer: what it is made of came in one request. */
const maxLength = 10_000_000;

function checkLength(length: number): void {
  if (length > maxLength) throw new Error(`the text would be longer than ${maxLength} characters`);
}

function replace(text: string, from: string, to: string, limit: number): string {
  const found = from === '' ? text.length + 1 : text.split(from).length - 1;
  const times = limit < 0 ? found : Math.min(limit, found);
  checkLength(text.length + times * (to.length - from.length));
  let left = times;
  return text.replaceAll(from, (match) => (left-- > 0 ? to : match));
}

function join(list: readonly string[], separator: string): string {
  checkLength(list.reduce((sum, item) => sum + item.length + separator.length, 0));
  return list.join(separator);
}
