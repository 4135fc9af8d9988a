import { Composer, type CST, type Document, isScalar, Lexer, Parser, type Tags, visit } from 'yaml';
import { type DecodeLimits, decodeJson } from './schema-engine';
import { StatusError } from './status-error';

/** Readings of YAML 1.1 that Kubernetes' own reader does not make: `2026-01-01` and `22:22` stay text. */
const UNREAD = new Set(['timestamp', 'binary', 'omap', 'pairs', 'set'].map((name) => `tag:yaml.org,2002:${name}`));

function kubernetesTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === 'string' || !(UNREAD.has(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  );
}

/**
 * Reads the documents of a YAML text as Kubernetes does: `yes` and `on` are true, times are text, empty documents are
 * left out. Aliases may not multiply the text (billion laughs), and a key may stand once only, unless `limits` takes what
 * is said of those that stand twice: then the last one counts.
 *
 * @throws StatusError BadRequest for text that is no YAML, or nests or repeats too much;
 *   RequestEntityTooLarge for text that is too long.
 */
export function decodeYaml(text: string, limits: DecodeLimits = {}): unknown[] {
  const { maxBytes = 3 * 1024 * 1024, maxDepth = 200, maxTokens = Number.POSITIVE_INFINITY } = limits;
  if (text.length > maxBytes) {
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
  }
  return toJson(text, maxDepth, maxTokens, limits.duplicates)
    .map((json) => decodeJson(json, limits).value)
    .filter((value) => value !== null);
}

function toJson(text: string, maxDepth: number, maxTokens: number, told: string[] | undefined): string[] {
  try {
    const tokens = [...parse(text, maxDepth, maxTokens)];
    refuseDeep(tokens, maxDepth);
    const composer = new Composer({
      schema: 'yaml-1.1',
      customTags: kubernetesTags,
      // The library's own check takes the square of a map's size; ours is below.
      uniqueKeys: false,
      logLevel: 'silent',
    });
    return [...composer.compose(tokens)].map((document) => {
      const problem = document.errors[0];
      if (problem) throw problem;
      const duplicates = duplicatesOf(document, text);
      if (!told && duplicates[0]) throw new Error(yamlProblems(duplicates.slice(0, 1)));
      told?.push(...duplicates);
      return JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null);
    });
  } catch (error) {
    throw new StatusError('BadRequest', `error converting YAML to JSON: ${(error as Error).message}`);
  }
}

/** Parses word by word, so that text which is too much is given up before it has cost more. */
function* parse(text: string, maxDepth: number, maxTokens: number): Generator<CST.Token> {
  const parser = new Parser();
  let tokens = 0;
  let depth = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++tokens > maxTokens) throw new Error(`it has more than ${maxTokens} tokens: send it as JSON`);
    if (lexeme === '[' || lexeme === '{') depth++;
    else if (lexeme === ']' || lexeme === '}') depth--;
    if (depth > maxDepth) throw new Error(`it is nested more than ${maxDepth} levels deep`);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/**
 * Looks at the nesting before anything recurses into it. An exhausted stack is not always an exception: where it runs
 * out while the engine compiles a regular expression, the whole process dies.
 */
function refuseDeep(tokens: readonly CST.Token[], maxDepth: number): void {
  const open: Array<{ token: CST.Token; depth: number }> = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) throw new Error(`it is nested more than ${maxDepth} levels deep`);
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
}

/** What is wrong with a YAML text, in the form in which Kubernetes' decoder tells it. */
export function yamlProblems(problems: readonly string[]): string {
  return `yaml: unmarshal errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}

/** What is said of each key that its map has already, in the order of the text. */
function duplicatesOf(document: Document, text: string): string[] {
  const found: Array<{ at: number; name: unknown }> = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : key;
        if (seen.has(name)) found.push({ at: (isScalar(key) && key.range?.[0]) || 0, name });
        seen.add(name);
      }
    },
  });
  let line = 1;
  let from = 0;
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, name }) => {
      for (let end = text.indexOf('\n', from); end >= 0 && end < at; end = text.indexOf('\n', from)) {
        line++;
        from = end + 1;
      }
      return `line ${line}: key ${JSON.stringify(name)} already set in map`;
    });
}
