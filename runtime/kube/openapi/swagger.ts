import type { OpenApi } from './schemas';

/**
 * OpenAPI v3 documents as one of version 2, which older clients ask for: the same paths and types, in its words. What it
 * has no words for is left out, so that what such a client refuses is refused by the server too.
 */
export function swaggerDocument(documents: readonly OpenApi[], version: string): OpenApi {
  const paths: OpenApi = {};
  const definitions: OpenApi = {};
  for (const document of documents) {
    const { schemas } = document.components as { schemas: Record<string, OpenApi> };
    for (const [name, schema] of Object.entries(schemas)) definitions[name] = convertSchema(schema);
    for (const [path, item] of Object.entries(document.paths as Record<string, OpenApi>)) {
      paths[path] = convertPath(item);
    }
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version }, paths, definitions };
}

function convertPath(item: OpenApi): OpenApi {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key,
      key === 'parameters' ? (value as OpenApi[]).map(convertParameter) : convertOperation(value as OpenApi),
    ]),
  );
}

function convertParameter({ schema, ...rest }: OpenApi): OpenApi {
  return { ...rest, ...(schema as OpenApi) };
}

interface Content {
  content?: Record<string, { schema: OpenApi }>;
  required?: boolean;
}

function convertOperation({ requestBody, parameters, responses, ...rest }: OpenApi): OpenApi {
  const body = requestBody as Content | undefined;
  const [type] = Object.values(body?.content ?? {});
  const all = ((parameters ?? []) as OpenApi[]).map(convertParameter);
  if (type) {
    const schema = convertSchema(type.schema);
    all.unshift({ name: 'body', in: 'body', schema, ...(body?.required ? { required: true } : {}) });
  }
  const answers = Object.entries(responses as Record<string, OpenApi & Content>).map(
    ([code, { content, description }]) => {
      const [answer] = Object.values(content ?? {});
      return [code, { description, ...(answer ? { schema: convertSchema(answer.schema) } : {}) }];
    },
  );
  return {
    ...rest,
    consumes: Object.keys(body?.content ?? { '*/*': 0 }),
    produces: ['application/json', 'application/yaml'],
    parameters: all,
    responses: Object.fromEntries(answers),
  };
}

const wordless = ['anyOf', 'oneOf', 'not', 'nullable', 'x-kubernetes-validations'];

/** A schema in words of version 2. Of a value that may be null, or of several types, no type is said. */
function convertSchema(schema: OpenApi): OpenApi {
  const { allOf, ...own } = schema;
  const result: OpenApi = {};
  // A single branch is a reference with something beside it, which version 2 lets stand so.
  const [branch] = Array.isArray(allOf) && allOf.length === 1 ? (allOf as OpenApi[]) : [];
  if (branch?.$ref) result.$ref = refOf(branch.$ref);
  for (const [key, value] of Object.entries(own)) {
    if (wordless.includes(key) || (key === 'type' && schema.nullable === true)) continue;
    if (key === '$ref') result.$ref = refOf(value);
    else if (key === 'properties') {
      const properties = Object.entries(value as Record<string, OpenApi>);
      result.properties = Object.fromEntries(properties.map(([name, inner]) => [name, convertSchema(inner)]));
    } else if ((key === 'items' || key === 'additionalProperties') && typeof value === 'object') {
      result[key] = convertSchema(value as OpenApi);
    } else result[key] = value;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true) return result;
  // A client that knows some fields would refuse the others; of a whole object it would even want to know some.
  if (schema['x-kubernetes-group-version-kind']) return pick(result, wholeObject);
  delete result.properties;
  delete result.required;
  return result;
}

/** What is said of a whole object that may have any fields. */
const wholeObject = ['type', 'x-kubernetes-group-version-kind', 'x-kubernetes-selectable-fields'];

function pick(from: OpenApi, names: readonly string[]): OpenApi {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

function refOf(reference: unknown): string {
  return String(reference).replace('#/components/schemas/', '#/definitions/');
}
