import { parseNumber, setOwn } from './cty';
import { type CtyType, Dynamic, ExactNumber, isObjectValue, type Value } from './value';

/** JSON text with every number kept exact: those a JavaScript number cannot hold come as bigint or ExactNumber. */
export function parseExactJson(text: string): Value {
  // Marked with a character that JSON text cannot contain unescaped inside a string.
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') || typeof parseNumber(token) === 'number' ? token : `"\\u0000${token}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('\u0000') ? parseNumber(value.slice(1)) : value,
  ) as Value;
}

/**
 * A stored state's JSON as a value of `type`. Attributes that the type no longer has are dropped, those that are missing
 * become null. @throws TypeError when a value does not fit its type
 */
export function valueFromJson(json: Value | undefined, type: CtyType, path = ''): Value {
  if (json === null || json === undefined) return null;
  if (type === 'dynamic') {
    if (!isObjectValue(json) || !('type' in json)) throw misfit(path, 'dynamic');
    const of = json.type as unknown as CtyType;
    return new Dynamic(of, valueFromJson(json.value, of, path));
  }
  if (type === 'string') {
    if (typeof json === 'string') return json;
    if (isObjectValue(json) || Array.isArray(json)) throw misfit(path, type);
    return String(json);
  }
  if (type === 'bool') {
    if (json === true || json === 'true') return true;
    if (json === false || json === 'false') return false;
    throw misfit(path, type);
  }
  if (type === 'number') {
    if (typeof json === 'number' || typeof json === 'bigint' || json instanceof ExactNumber) return json;
    if (typeof json === 'string' && json.trim() !== '' && !Number.isNaN(Number(json))) return parseNumber(json);
    throw misfit(path, type);
  }
  if (type[0] === 'map' || type[0] === 'object') {
    if (!isObjectValue(json)) throw misfit(path, type[0]);
    const result: Record<string, Value> = {};
    const keys = type[0] === 'map' ? Object.keys(json) : Object.keys(type[1]);
    for (const key of keys) {
      const of = type[0] === 'map' ? type[1] : (type[1][key] ?? 'dynamic');
      setOwn(result, key, valueFromJson(json[key], of, `${path}.${key}`));
    }
    return result;
  }
  if (!Array.isArray(json)) throw misfit(path, type[0]);
  const elements = json;
  return elements.map((element, index) =>
    valueFromJson(element, type[0] === 'tuple' ? (type[1][index] ?? 'dynamic') : type[1], `${path}.${index}`),
  );
}

function misfit(path: string, type: string): TypeError {
  return new TypeError(`stored state${path ? ` at ${path.slice(1)}` : ''} is no Terraform ${type}`);
}
