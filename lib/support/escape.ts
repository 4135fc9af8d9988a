import { Tokenization } from 'cdktf';

/**
 * Keeps a user's text from being read as a Terraform template: `${` and `%{` are escaped at any depth of `value`,
 * keys included, while cdktf tokens stay live.
 */
export function escapeTemplates<T>(value: T): T {
  return escapeValue(value) as T;
}

function escapeValue(value: unknown): unknown {
  if (typeof value === 'string') return escapeString(value);
  if (Array.isArray(value)) return Tokenization.isResolvable(value) ? value : value.map(escapeValue);
  if (typeof value !== 'object' || value === null || Tokenization.isResolvable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [escapeString(key), escapeValue(entry)]));
}

const tokenMarker = /(\$\{TfToken\[[^\]]*\]\})/;

/** Token markers stand at the odd places of the split, and stay as they are. */
function escapeString(text: string): string {
  if (!text.includes('{')) return text;
  return text
    .split(tokenMarker)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[$%]\{/g, (opening) => opening[0] + opening)))
    .join('');
}
