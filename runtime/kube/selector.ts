import type { LabelSelector } from './generated/types';
import { checkLabelValue, checkQualifiedName } from './names';
import { type FieldTerm, parseFieldSelector } from './selector-fields';

export { type FieldTerm, formatFieldSelector, matchesFields, parseFieldSelector } from './selector-fields';

/** One condition on a label. `in` covers `=`, `==`; `notin` covers `!=`. All conditions of a selector must hold. */
export interface LabelRequirement {
  key: string;
  operator: 'in' | 'notin' | 'exists' | 'doesNotExist' | 'gt' | 'lt';
  values: string[];
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels meet every requirement; an empty list selects everything. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case 'doesNotExist':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      const left = integer(value);
      const right = integer(values[0]);
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
}

/** A compiled selector that answers quickly for many objects. `undefined` text selects everything. */
export function parseSelectors(
  labelSelector: string | undefined,
  fieldSelector: string | undefined,
): { labels: LabelRequirement[]; fields: FieldTerm[] } {
  return {
    labels: labelSelector ? parseLabelSelector(labelSelector) : [],
    fields: fieldSelector ? parseFieldSelector(fieldSelector) : [],
  };
}

/** Whether a `LabelSelector` object selects these labels. As in Kubernetes, none selects nothing and `{}` everything. */
export function selectsLabels(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  for (const key in selector.matchLabels) {
    if (!labels || !Object.hasOwn(labels, key) || labels[key] !== selector.matchLabels[key]) return false;
  }
  return !selector.matchExpressions?.length || matchesLabels(expressionRequirements(selector), labels);
}

/** The requirements of a `LabelSelector` object. @throws RangeError on an operator that is none. */
export function labelRequirements(selector: LabelSelector): LabelRequirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'in', values: [value] }),
  );
  return [...equal, ...expressionRequirements(selector)];
}

const operators: Record<string, LabelRequirement['operator']> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'doesNotExist',
};

function expressionRequirements(selector: LabelSelector): LabelRequirement[] {
  return (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (!known) throw new RangeError(`"${operator}" is not a valid label selector operator`);
    return { key, operator: known, values: values ?? [] };
  });
}

/** `app=web,tier in (a,b),!old`: the string form, as `kubectl -l` and `status.selector` have it. */
export function formatLabelSelector(selector: LabelSelector | readonly LabelRequirement[] | undefined): string {
  if (!selector) return '';
  const list = Array.isArray(selector) ? selector : labelRequirements(selector as LabelSelector);
  return (list as readonly LabelRequirement[]).map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case 'doesNotExist':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      if (values.length === 1) return `${key}${operator === 'in' ? '=' : '!='}${values[0]}`;
      return `${key} ${operator} (${[...values].sort().join(',')})`;
  }
}

const TOKEN = /\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))/y;

/**
 * Reads the string form of a label selector: `=`, `==`, `!=`, `in (…)`, `notin (…)`, `key`, `!key`, `>`, `<`.
 * @throws RangeError saying what was found and what was expected.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const tokens = tokenize(text);
  let at = 0;
  const peek = () => tokens[at];
  const next = () => tokens[at++];
  const fail = (found: string | undefined, expected: string): never => {
    throw new RangeError(`unable to parse requirement: found '${found ?? ''}', expected: ${expected}`);
  };
  const isWord = (token: string | undefined): token is string => token !== undefined && !/^[=!<>(),]/.test(token);

  const parseKey = (): string => {
    const key = next();
    if (!isWord(key)) return fail(key, '!, identifier, or end of string');
    const problem = checkQualifiedName(key)[0];
    if (problem)
      throw new RangeError(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    return key;
  };
  const parseValue = (key: string): string => {
    // An empty value is written by writing nothing: `a=`, `a in (,b)`.
    const value = isWord(peek()) ? (next() as string) : '';
    const problem = checkLabelValue(value)[0];
    if (problem) {
      throw new RangeError(
        `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`,
      );
    }
    return value;
  };
  const parseSet = (key: string): string[] => {
    const open = next();
    if (open !== '(') fail(open, "'('");
    const values = new Set([parseValue(key)]);
    while (peek() === ',') {
      at++;
      values.add(parseValue(key));
    }
    const close = next();
    if (close !== ')') fail(close, "',' or ')'");
    return [...values];
  };
  const parseRequirement = (): LabelRequirement => {
    if (peek() === '!') {
      at++;
      return { key: parseKey(), operator: 'doesNotExist', values: [] };
    }
    const key = parseKey();
    const operator = peek();
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
    at++;
    if (operator === '=' || operator === '==') return { key, operator: 'in', values: [parseValue(key)] };
    if (operator === '!=') return { key, operator: 'notin', values: [parseValue(key)] };
    if (operator === 'in' || operator === 'notin') return { key, operator, values: parseSet(key) };
    if (operator !== '>' && operator !== '<') return fail(operator, 'in, notin, =, ==, !=, gt, lt');
    const value = parseValue(key);
    if (integer(value) === undefined) {
      throw new RangeError("unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer");
    }
    return { key, operator: operator === '>' ? 'gt' : 'lt', values: [value] };
  };

  const requirements: LabelRequirement[] = [];
  while (at < tokens.length) {
    requirements.push(parseRequirement());
    if (at === tokens.length) break;
    const comma = next();
    if (comma !== ',') fail(comma, "',' or 'end of string'");
    if (at === tokens.length) fail('', "identifier after ','");
  }
  return requirements;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) throw new RangeError(`unable to parse requirement: ${JSON.stringify(text)}`);
    tokens.push((match[1] ?? match[2]) as string);
  }
  return tokens;
}
