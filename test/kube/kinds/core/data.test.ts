import type { ConfigMap, Secret } from '../../../../runtime/kube/generated/types';
import { configMapKind } from '../../../../runtime/kube/kinds/core/config-map';
import { secretKind } from '../../../../runtime/kube/kinds/core/secret';
import { created, minimal, testCreates, testUpdates } from '../fixtures';

const badKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const mebibyte = 1024 * 1024;

describe('ConfigMap', () => {
  const set = (values: Partial<ConfigMap>) => (object: ConfigMap) => void Object.assign(object, values);
  testCreates(minimal.configMap, [
    ['key', set({ data: { 'a b': '' } }), `data[a b]: Invalid value: "a b": ${badKey}`],
    ['binary key', set({ binaryData: { 'a b': '' } }), `binaryData[a b]: Invalid value: "a b": ${badKey}`],
    [
      'one key in both',
      set({ binaryData: { 'app.conf': '' } }),
      'data[app.conf]: Invalid value: "app.conf": duplicate of key present in binaryData',
    ],
    ['1 MiB passes', set({ data: { a: 'x'.repeat(mebibyte) } })],
    [
      'more is too long',
      set({ data: { a: 'x'.repeat(mebibyte) }, binaryData: { b: 'AA==' } }),
      '[]: Too long: may not be more than 1048576 bytes',
    ],
  ]);

  const fixed = () => ({ ...minimal.configMap(), immutable: true });
  testUpdates(fixed, [
    ['labels of an immutable one may change', (m) => void Object.assign(m.metadata, { labels: { a: 'b' } })],
    ['its data may not', set({ data: {} }), 'data: Forbidden: field is immutable when `immutable` is set'],
    [
      'nor may it become mutable',
      set({ immutable: false }),
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ],
  ]);

  test('the row counts both kinds of data', () => {
    const object = { ...minimal.configMap(), binaryData: { b: '' } };
    expect(configMapKind.columns.map((column) => column.cell(object, 0))).toEqual(['settings', 2, '<unknown>']);
  });
});

describe('Secret', () => {
  const set = (values: Partial<Secret>) => (object: Secret) => void Object.assign(object, values);

  test('stringData is laid over data and is Opaque', () => {
    const object = { ...minimal.secret(), stringData: { password: 'ü', user: 'me' } };
    const { data, type, ...rest } = created(object);
    expect({ data, type }).toEqual({ data: { password: 'w7w=', user: 'bWU=' }, type: 'Opaque' });
    expect(rest).not.toHaveProperty('stringData');
  });

  testCreates(minimal.secret, [
    ['key', set({ data: { 'a b': '' } }), `data[a b]: Invalid value: "a b": ${badKey}`],
    [
      'too long',
      set({ data: { a: Buffer.alloc(mebibyte + 1).toString('base64') } }),
      'data: Too long: may not be more than 1048576 bytes',
    ],
    [
      'token without account',
      set({ type: 'kubernetes.io/service-account-token' }),
      'metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ],
    [
      'registry login missing',
      set({ type: 'kubernetes.io/dockerconfigjson' }),
      'data[.dockerconfigjson]: Required value',
    ],
    [
      'registry login that is no JSON',
      set({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'aHVudGVyMg==' } }),
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be valid JSON',
    ],
    ['registry login passes', set({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } })],
    ['old registry login', set({ type: 'kubernetes.io/dockercfg' }), 'data[.dockercfg]: Required value'],
    [
      'login without either',
      set({ type: 'kubernetes.io/basic-auth', data: {} }),
      'data[username]: Required value',
      'data[password]: Required value',
    ],
    ['login with one passes', set({ type: 'kubernetes.io/basic-auth' })],
    ['SSH key', set({ type: 'kubernetes.io/ssh-auth' }), 'data[ssh-privatekey]: Required value'],
    [
      'certificate without key',
      set({ type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
      'data[tls.key]: Required value',
    ],
    ['a type of one’s own passes', set({ type: 'example.com/x' })],
  ]);

  testUpdates(minimal.secret, [
    ['the type may be left out', set({ type: undefined })],
    [
      'the type may not change',
      set({ type: 'example.com/x' }),
      'type: Invalid value: "example.com/x": field is immutable',
    ],
  ]);

  testUpdates(
    () => ({ ...minimal.secret(), immutable: true }),
    [
      [
        'data of an immutable one may not change',
        set({ data: { password: '' } }),
        'data: Forbidden: field is immutable when `immutable` is set',
      ],
    ],
  );

  test('the row shows no data', () => {
    expect(secretKind.columns.map((column) => column.cell(created(minimal.secret()), 0))).toEqual([
      'password',
      'Opaque',
      1,
      '<unknown>',
    ]);
  });
});
