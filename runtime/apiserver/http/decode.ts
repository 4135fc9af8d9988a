import { parseDocument } from 'yaml';
import { decodeJson } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';

/** A body as a value, and the paths of the fields that stand twice in it. */
export interface Decoded {
  value: unknown;
  duplicates: string[];
}

/** The media type of a Content-Type header, without parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * Parses a request's body by its content type; none is JSON.
 * @throws StatusError 415 for a type that we do not read, 400 for a body that does not parse or nests too deep
 */
export function decodeBody(body: Buffer, contentType: string | undefined): Decoded {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json' || type.endsWith('+json')) return decodeJson(body.toString('utf8'));
  if (type === 'application/yaml' || type.endsWith('+yaml')) return decodeYaml(body.toString('utf8'));
  throw new StatusError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}

/** YAML that begins as JSON is read as JSON: clients send both under one name. @throws StatusError 400 */
export function decodeYaml(text: string): Decoded {
  if (/^\s*\{/.test(text)) return decodeJson(text);
  const fail = (why: string) => new StatusError('BadRequest', `the body of the request is not valid YAML: ${why}`);
  // `yaml-1.1` reads yes, no, on and off as booleans, as Kubernetes' reader does.
  const document = parseDocument(text, { schema: 'yaml-1.1', uniqueKeys: true, logLevel: 'silent' });
  const problem = document.errors[0];
  if (problem) throw fail(problem.message);
  let json: string;
  try {
    json = JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null);
  } catch (error) {
    throw fail((error as Error).message);
  }
  return decodeJson(json);
}
