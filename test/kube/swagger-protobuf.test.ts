import { encodeSwagger } from '../../runtime/kube/openapi';
import { readFields, type WireField } from '../../runtime/kube/protobuf/wire';

const fields = (field: WireField | undefined): WireField[] => [...readFields(field?.bytes as Buffer)];
const of = (list: WireField[], number: number) => list.filter((field) => field.number === number);
const text = (field: WireField | undefined) => field?.bytes?.toString();

/** Entries of a map: their names and values. */
const entries = (list: WireField[]) =>
  new Map(
    list.map((entry) => {
      const [name, value] = fields(entry);
      return [text(name), value];
    }),
  );

test('types and paths stand in the messages of openapi.v2, extensions as YAML', () => {
  const body = encodeSwagger({
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1' },
    paths: {
      '/a/{name}': {
        get: {
          operationId: 'readA',
          produces: ['application/json', 'application/yaml'],
          parameters: [
            { in: 'query', name: 'pretty', type: 'string', uniqueItems: true },
            { in: 'body', name: 'body', schema: { $ref: '#/definitions/A' } },
          ],
          responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/A' } } },
          'x-kubernetes-action': 'get',
        },
      },
    },
    definitions: {
      A: {
        type: 'object',
        required: ['b', 'c'],
        properties: { b: { type: 'array', items: { type: 'string' } }, c: { additionalProperties: true, default: 3 } },
        'x-kubernetes-group-version-kind': [{ group: '', kind: 'A', version: 'v1' }],
      },
    },
  });
  const document = [...readFields(body)];
  expect(of(document, 1).map(text)).toEqual(['2.0']);

  const definitions = entries(of(fields(of(document, 9)[0]), 1));
  const type = fields(definitions.get('A'));
  expect(of(type, 19).map(text)).toEqual(['b', 'c']);
  expect(text(of(fields(of(type, 22)[0]), 1)[0])).toBe('object');
  const extension = entries(of(type, 31)).get('x-kubernetes-group-version-kind');
  expect(text(of(fields(extension), 2)[0])).toBe('[{"group":"","kind":"A","version":"v1"}]');
  const properties = entries(of(fields(of(type, 25)[0]), 1));
  expect([...properties.keys()]).toEqual(['b', 'c']);
  const [additional] = of(fields(properties.get('c')), 21);
  expect(of(fields(additional), 2)[0]?.integer).toBe(1);

  const path = fields(entries(of(fields(of(document, 8)[0]), 2)).get('/a/{name}'));
  const operation = fields(of(path, 2)[0]);
  expect(of(operation, 5).map(text)).toEqual(['readA']);
  expect(of(operation, 6).map(text)).toEqual(['application/json', 'application/yaml']);
  const kinds = of(operation, 8).map((item) => fields(of(fields(item), 1)[0])[0]?.number);
  // The query's is none of the body, the other is.
  expect(kinds).toEqual([2, 1]);
});
