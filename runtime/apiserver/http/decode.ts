import { decodeProtobuf } from '../../kube/protobuf';
import { decodeJson, duplicateField, type KeyInText, keysOf } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { decodeYaml } from '../../kube/yaml';

/** A body as a value, and what is said of the fields that stand twice in it. */
export interface Decoded {
  value: unknown;
  duplicates: string[];
  /** Of JSON in which some stand twice: every key in its order. */
  keys?: readonly KeyInText[];
}

const protobuf = 'application/vnd.kubernetes.protobuf';

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
  if (type === '' || type === 'application/json' || type.endsWith('+json'))
    return decodeJsonBody(body.toString('utf8'));
  if (type === 'application/yaml' || type.endsWith('+yaml')) return decodeYamlBody(body.toString('utf8'));
  if (type === protobuf) return { value: decodeProtobuf(body), duplicates: [] };
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${protobuf}`,
  );
}

/** YAML takes microseconds a token to read, and the server has one thread; JSON of any size is read quickly. */
const maxYamlTokens = 50_000;

function decodeJsonBody(text: string): Decoded {
  const { value, duplicates } = decodeJson(text);
  return duplicates.length === 0
    ? { value, duplicates }
    : { value, duplicates: duplicates.map(duplicateField), keys: keysOf(text) };
}

/** YAML that is JSON is read as JSON, which is quick: clients send both under one name. @throws StatusError 400 */
function decodeYamlBody(text: string): Decoded {
  if (isJson(text)) {
    const decoded = decodeJsonBody(text);
    if (decoded.duplicates.length === 0) return decoded;
  }
  const duplicates: string[] = [];
  const [value = null, ...more] = decodeYaml(text, { maxTokens: maxYamlTokens, duplicates });
  if (more.length) throw new StatusError('BadRequest', 'the body of the request has more than one YAML document');
  return { value, duplicates };
}

function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
