import { cms, configMap, pod, podsPath } from '../harness';
import { FuzzedServer } from './support';

let fuzzed: FuzzedServer;
beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
  await fuzzed.server.post(podsPath, pod('p', {}, { labels: { app: 'a' } }));
  await fuzzed.server.post(cms, configMap('a', { key: 'x'.repeat(1000) }));
});
afterAll(() => fuzzed.stop());

const json = (text: string) => ({ type: 'application/json', body: text });
const yaml = (text: string) => ({ type: 'application/yaml', body: text });
const mebibyte = 1024 * 1024;
const million = 1_000_000;

/** A protobuf message nested in itself, as deep as the bytes go. */
function nestedProtobuf(): Buffer {
  let bytes = Buffer.alloc(0);
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  for (let i = 0; i < 5000; i++) bytes = Buffer.concat([Buffer.from([0x0a, ...varint(bytes.length)]), bytes]);
  return Buffer.concat([Buffer.from('k8s\0'), bytes]);
}

it.each<[string, { type: string; body: string | Buffer }, number]>([
  ['a million lists in one another', json('['.repeat(million)), 400],
  ['… closed', json(`${'['.repeat(million)}${']'.repeat(million)}`), 400],
  ['objects nested deep in a field', json(`{"data":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`), 400],
  ['a million lists in YAML', yaml('['.repeat(million)), 400],
  ['… as a block', yaml(Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')), 400],
  ['… as a row of dashes', yaml(`${'- '.repeat(100_000)}x`), 400],
  ['YAML of a hundred thousand lines', yaml('a: b\n'.repeat(100_000)), 400],
  ['… documents', yaml('---\na: b\n'.repeat(100_000)), 400],
  ['… comments', yaml('# x\n'.repeat(100_000)), 400],
  ['protobuf nested in itself', { type: 'application/vnd.kubernetes.protobuf', body: nestedProtobuf() }, 400],
  [
    'laughs by the billion',
    yaml(
      `a: &a [x]\n${Array.from({ length: 30 }, (_, i) => `${'abcdefghijklmnopqrstuvwxyz12345'[i + 1]}: &${'abcdefghijklmnopqrstuvwxyz12345'[i + 1]} [*${'abcdefghijklmnopqrstuvwxyz12345'[i]},*${'abcdefghijklmnopqrstuvwxyz12345'[i]}]`).join('\n')}`,
    ),
    400,
  ],
  ['an anchor that holds itself', yaml('a: &a\n  b: *a\n'), 400],
  ['a number of a million digits', json(`{"data":{"a":${'9'.repeat(million)}}}`), 400],
  [
    'a number beyond all numbers',
    json('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n","generation":1e999}}'),
    400,
  ],
  [
    'a hundred thousand keys of one name',
    json(`{"metadata":{"name":"b"},${'"data":{},'.repeat(100_000)}"kind":"ConfigMap","apiVersion":"v1"}`),
    201,
  ],
  ['a string without an end', json(`"${'a'.repeat(2 * mebibyte)}`), 400],
  ['escapes without an end', json(`"${'\\'.repeat(2 * mebibyte)}`), 400],
  ['half a surrogate', json('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\\ud800"}}'), 422],
  [
    'bytes that are no UTF-8',
    { type: 'application/json', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) },
    422,
  ],
  ['a byte order mark', json('\ufeff{}'), 400],
  [
    'the key __proto__',
    json('{"__proto__":{"polluted":true},"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}'),
    400,
  ],
  ['… written with an escape', json('{"\\u005f_proto__":{"polluted":true}}'), 400],
  ['… in YAML', yaml('__proto__: {polluted: true}\napiVersion: v1\nkind: ConfigMap\n'), 400],
  [
    'constructor.prototype as data',
    json(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"},"constructor":{"prototype":{"polluted":true}}}',
    ),
    201,
  ],
  ['nothing at all', json(''), 400],
  ['more than three mebibytes', json(`{"a":"${'x'.repeat(3 * mebibyte)}"}`), 413],
  [
    'a label with a pattern in it',
    json(JSON.stringify(configMap('e', {}, { labels: { a: `${'a'.repeat(100_000)}!` } }))),
    422,
  ],
  ['a name of a mebibyte', json(JSON.stringify(configMap('a'.repeat(mebibyte)))), 422],
  ['a name of dots', json(JSON.stringify(configMap('a.'.repeat(50_000)))), 422],
])('%s', async (_name, { type, body }, status) => {
  expect(await fuzzed.survives({ method: 'POST', path: cms, type, body })).toBe(status);
});

describe('patches that blow up', () => {
  const patch = (body: unknown, path = `${cms}/a`) =>
    fuzzed.survives({ method: 'PATCH', path, type: 'application/json-patch+json', body: JSON.stringify(body) });

  it('more than ten thousand operations', async () => {
    const operations = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }));
    expect(await patch(operations)).toBe(413);
    expect(await patch(operations.slice(1))).toBe(200);
  });

  it('copies that double', async () => {
    const operations = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/${i}` }));
    expect(await patch(operations)).toBeGreaterThanOrEqual(400);
  });

  it('moves that nest', async () => {
    const wrap = [
      { op: 'add', path: '/t', value: {} },
      { op: 'move', from: '/data', path: '/t/a' },
      { op: 'move', from: '/t', path: '/data' },
    ];
    expect(await patch(Array.from({ length: 3000 }, () => wrap).flat())).toBeGreaterThanOrEqual(400);
  });

  it('a list that is shifted ten thousand times', async () => {
    const operations = Array.from({ length: 9999 }, (_, i) => ({
      op: 'add',
      path: '/metadata/finalizers/0',
      value: `example.com/f${i}`,
    }));
    const all = [{ op: 'add', path: '/metadata/finalizers', value: [] }, ...operations];
    expect(
      await fuzzed.survives({
        method: 'PATCH',
        path: `${podsPath}/p?dryRun=All`,
        type: 'application/json-patch+json',
        body: JSON.stringify(all),
      }),
    ).toBeLessThan(500);
  });

  it('a strategic merge of a long list with a long list', async () => {
    const containers = Array.from({ length: 5000 }, (_, i) => ({ name: `c${i}`, image: 'x' }));
    const order = containers.map(({ name }) => ({ name }));
    const body = JSON.stringify({ spec: { containers, '$setElementOrder/containers': order } });
    const sent = {
      method: 'PATCH',
      path: `${podsPath}/p?dryRun=All`,
      type: 'application/strategic-merge-patch+json',
      body,
    };
    expect(await fuzzed.survives(sent)).toBe(422);
  });

  it('an apply of fifty thousand labels', async () => {
    const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`l${i}`, 'v']));
    const body = JSON.stringify(configMap('many', {}, { labels }));
    const path = `${cms}/many?fieldManager=f&dryRun=All`;
    expect(await fuzzed.survives({ method: 'PATCH', path, type: 'application/apply-patch+yaml', body })).toBeLessThan(
      500,
    );
  });
});
