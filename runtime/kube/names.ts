// The rules for names, in Kubernetes' own words. Each check returns what is wrong with the value, or nothing.

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

interface Rule {
  source: string;
  regex: RegExp;
  message: string;
  examples: string[];
}

function rule(source: string, message: string, ...examples: string[]): Rule {
  return { source, regex: new RegExp(`^(?:${source})$`), message, examples };
}

const rules = {
  label: rule(
    LABEL,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    'my-name',
    '123-abc',
  ),
  subdomain: rule(
    SUBDOMAIN,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    'example.com',
  ),
  dns1035: rule(
    DNS1035,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    'my-name',
    'abc-123',
  ),
  qualified: rule(
    QUALIFIED,
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    'MyName',
    'my.name',
    '123-abc',
  ),
  labelValue: rule(
    `(${QUALIFIED})?`,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    'MyValue',
    'my_value',
    '12345',
  ),
  configKey: rule(
    CONFIG_KEY,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  wildcard: rule(
    `\\*\\.${SUBDOMAIN}`,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    '*.example.com',
  ),
  cIdentifier: rule(
    '[A-Za-z_][A-Za-z0-9_]*',
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    'my_name',
    'MY_NAME',
    'MyName',
  ),
};

function explain({ message, source, examples }: Rule): string {
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${source}')`;
}

function check(value: string, by: Rule, maxLength: number): string[] {
  const problems: string[] = [];
  if (value.length > maxLength) problems.push(tooLongMessage(maxLength));
  // A text far beyond the limit is not matched: its length alone says enough.
  if (value.length > 4096 || !by.regex.test(value)) problems.push(explain(by));
  return problems;
}

function tooLongMessage(maxLength: number): string {
  return `must be no more than ${maxLength} characters`;
}

/** A DNS label, at most 63 characters: names of namespaces, containers. */
export function checkDns1123Label(value: string): string[] {
  return check(value, rules.label, 63);
}

/** A DNS subdomain, at most 253 characters: names of most objects. */
export function checkDns1123Subdomain(value: string): string[] {
  return check(value, rules.subdomain, 253);
}

/** A DNS label that starts with a letter, at most 63 characters: names of services. */
export function checkDns1035Label(value: string): string[] {
  return check(value, rules.dns1035, 63);
}

/** `name` or `prefix/name`: keys of labels and annotations, finalizers, resource names. */
export function checkQualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${explain(rules.qualified)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  const name = parts[parts.length - 1] as string;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...checkDns1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') return [...problems, 'name part must be non-empty', `name part ${explain(rules.qualified)}`];
  return [...problems, ...check(name, rules.qualified, 63).map((problem) => `name part ${problem}`)];
}

/** A label's value: empty, or at most 63 characters. */
export function checkLabelValue(value: string): string[] {
  return check(value, rules.labelValue, 63);
}

/** A host name whose first label is `*`. */
export function checkWildcardDns1123Subdomain(value: string): string[] {
  return check(value, rules.wildcard, 253);
}

export function checkCIdentifier(value: string): string[] {
  return check(value, rules.cIdentifier, Number.POSITIVE_INFINITY);
}

/** Anything that can stand between two slashes of a URL: names of roles, CSRs, kinds. */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** A key of a ConfigMap or Secret; a file name wherever it is mounted. */
export function checkConfigMapKey(value: string): string[] {
  const problems = check(value, rules.configKey, 253);
  if (value === '.') problems.push("must not be '.'");
  if (value === '..') problems.push("must not be '..'");
  else if (value.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** A name of an environment variable. */
export function checkEnvVarName(value: string): string[] {
  if (value === '') return ["environment variable name must consist only of printable ASCII characters other than '='"];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A container port's name: at most 15 characters of `a-z`, `0-9` and `-`, with a letter among them. */
export function checkPortName(value: string): string[] {
  const problems: string[] = [];
  if (value.length > 15) problems.push(tooLongMessage(15));
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** A port's number. */
export function checkPortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

const ALPHANUMS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** Random characters that cannot form a word; `random` returns a number in [0, 1). */
function randomSuffix(random: () => number, length = SUFFIX_LENGTH): string {
  return Array.from({ length }, () => ALPHANUMS[Math.floor(random() * ALPHANUMS.length)]).join('');
}

/** The name that `metadata.generateName` stands for: the base, cut so that the whole fits 63 characters, and a suffix. */
export function generateName(base: string, random: () => number): string {
  return `${base.slice(0, 63 - SUFFIX_LENGTH)}${randomSuffix(random)}`;
}
