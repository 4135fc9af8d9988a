import { parseDocument } from 'yaml';
import { StatusError } from '../../kube/status-error';

const maxDepth = 200;

/** The media type of a Content-Type header, without parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * Parses a request's body by its content type; none is JSON.
 * @throws StatusError 415 for a type that we do not read, 400 for a body that does not parse or nests too deep
 */
export function decodeBody(body: Buffer, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return parseJson(body.toString('utf8'));
  if (type === 'application/yaml' || type.endsWith('+yaml')) return parseYaml(body.toString('utf8'));
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
  );
}

/** @throws StatusError 400 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StatusError('BadRequest', `the body of the request is not valid JSON: ${(error as Error).message}`);
  }
  checkShape(value);
  return value;
}

/** YAML that begins as JSON is read as JSON: Kubernetes' clients send both under one name. @throws StatusError 400 */
export function parseYaml(text: string): unknown {
  if (/^\s*\{/.test(text)) return parseJson(text);
  const document = parseDocument(text, { version: '1.1', schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  const problem = document.errors[0];
  if (problem) throw new StatusError('BadRequest', `the body of the request is not valid YAML: ${problem.message}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new StatusError('BadRequest', `the body of the request is not valid YAML: ${(error as Error).message}`);
  }
  checkShape(value);
  return value;
}

/** Refuses what could exhaust the stack or reach an object's prototype further in. Walks without recursion. */
function checkShape(root: unknown): void {
  const stack: Array<[unknown, number]> = [[root, 0]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [value, depth] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > maxDepth) throw new StatusError('BadRequest', `the body nests deeper than ${maxDepth} levels`);
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') stack.push([item, depth + 1]);
      continue;
    }
    for (const key in value) {
      if (key === '__proto__') throw new StatusError('BadRequest', 'the body has a field named "__proto__"');
      const inner = (value as Record<string, unknown>)[key];
      if (typeof inner === 'object') stack.push([inner, depth + 1]);
    }
  }
}
