import {
  admitCreate,
  prepareCreate,
  prepareUpdate,
  validateCreate,
  type WriteContext,
} from '../../../runtime/apiserver/admission';
import type { Kind } from '../../../runtime/kube/kind';
import { kindFor } from '../../../runtime/kube/kinds';
import type { AnyObject } from '../../../runtime/kube/object';
import { StatusError } from '../../../runtime/kube/status-error';

const deployments = kindFor('apps/v1', 'Deployment') as Kind;
const configMaps = kindFor('v1', 'ConfigMap') as Kind;
const secrets = kindFor('v1', 'Secret') as Kind;
const podKind = kindFor('v1', 'Pod') as Kind;

function failure(write: () => unknown): StatusError {
  try {
    write();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx' }] } };
const web = (spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
});
const map = (values: object = {}) => ({
  metadata: { name: 'settings', namespace: 'default' },
  data: { a: 'b' },
  ...values,
});

describe('what breaks a rule', () => {
  test('is Invalid, with the cause, in Kubernetes’ words', () => {
    const error = failure(() => prepareCreate(deployments, web({ selector: undefined })));
    expect(error.message).toBe('Deployment.apps "web" is invalid: spec.selector: Required value');
    expect(error.code).toBe(422);
    expect(error.details).toEqual({
      name: 'web',
      group: 'apps',
      kind: 'Deployment',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }],
    });
  });

  test('with several problems names them all', () => {
    const error = failure(() => prepareCreate(deployments, web({ selector: undefined, replicas: -1 })));
    expect(error.message).toBe(
      'Deployment.apps "web" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.selector: Required value]',
    );
    expect(error.details?.causes).toHaveLength(2);
  });

  test('of the core group has no group in its name', () => {
    const error = failure(() => prepareCreate(configMaps, map({ data: { 'a b': '' } })));
    expect(error.message).toMatch(/^ConfigMap "settings" is invalid: data\[a b\]: Invalid value: "a b": /);
  });
});

describe('fields', () => {
  const unknown = map({ spec: { replicas: 1 } });

  test('that are unknown are dropped with a warning', () => {
    const { object, warnings } = prepareCreate(configMaps, unknown);
    expect(object).not.toHaveProperty('spec');
    expect(warnings).toEqual(['unknown field "spec"']);
  });

  test('or silently, or refused, as the client asks', () => {
    expect(prepareCreate(configMaps, unknown, { fieldValidation: 'Ignore' }).warnings).toEqual([]);
    const error = failure(() =>
      prepareCreate(configMaps, unknown, { fieldValidation: 'Strict', duplicates: ['duplicate field "data"'] }),
    );
    expect(error.code).toBe(400);
    expect(error.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec", duplicate field "data"',
    );
  });

  test('of a wrong type are refused with their path', () => {
    const error = failure(() => prepareCreate(deployments, web({ replicas: 'three' })));
    expect(error.code).toBe(400);
    expect(error.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: spec.replicas: Invalid value: "three": must be an integer',
    );
    expect(error.details?.causes).toMatchObject([{ field: 'spec.replicas' }]);
  });

  test('that are null are fields that are not there', () => {
    expect(prepareCreate(deployments, web({ replicas: null })).object).toMatchObject({ spec: { replicas: 1 } });
  });

  test.each([['a text'], [7], [null], [[]]])('%p is no object', (input) => {
    expect(failure(() => prepareCreate(configMaps, input)).code).toBe(400);
  });
});

describe('the request’s path', () => {
  const context: WriteContext = { namespace: 'team', name: 'settings' };

  test('fills the namespace and the name', () => {
    const { object } = prepareCreate(configMaps, { data: {} }, context);
    expect(object).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'team' },
    });
  });

  test.each([
    [
      { metadata: { namespace: 'other' } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [{ metadata: { name: 'other' } }, 'the name of the object (other) does not match the name on the URL (settings)'],
    [{ apiVersion: 'apps/v1' }, 'the API version in the data (apps/v1) does not match the expected API version (v1)'],
    [{ kind: 'Secret' }, 'the kind in the data (Secret) does not match the expected kind (ConfigMap)'],
  ])('must fit the object: %j', (input, message) => {
    expect(failure(() => prepareCreate(configMaps, input, context))).toMatchObject({ message, code: 400 });
  });
});

test('a generated name takes the prefix and five characters', () => {
  const { object } = prepareCreate(
    configMaps,
    { metadata: { generateName: 'web-', namespace: 'a' } },
    { random: () => 0 },
  );
  expect(object.metadata.name).toBe('web-bbbbb');
});

test('a create may not claim a version', () => {
  const error = failure(() =>
    prepareCreate(configMaps, map({ metadata: { name: 'a', namespace: 'b', resourceVersion: '7' } })),
  );
  expect(error.message).toBe('resourceVersion should not be set on objects to be created');
});

test('a creation time of null is none', () => {
  const { object } = prepareCreate(
    configMaps,
    map({ metadata: { name: 'a', namespace: 'b', creationTimestamp: null } }),
  );
  expect(object.metadata).toEqual({ name: 'a', namespace: 'b' });
});

test('the input is left as it was', () => {
  const input = web({});
  const before = structuredClone(input);
  prepareCreate(deployments, input);
  expect(input).toEqual(before);
});

test('an update may keep its old object frozen', () => {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  };
  const old = prepareCreate(podKind, {
    metadata: { name: 'a', namespace: 'b' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  }).object;
  freeze(old);
  const { object } = prepareUpdate(podKind, { ...old, status: {} }, old);
  expect(object).toEqual(old);
});

test('between the halves the server may fill in what only it knows', () => {
  const services = kindFor('v1', 'Service') as Kind;
  const { object } = admitCreate(services, { metadata: { name: 'a', namespace: 'b' }, spec: { ports: [{ port: 1 }] } });
  Object.assign((object as AnyObject).spec as object, { clusterIP: '10.43.0.5', clusterIPs: ['10.43.0.5'] });
  expect(() => validateCreate(services, object)).not.toThrow();
});

describe('a Secret’s values never appear in a message', () => {
  const secret = (values: object) => ({ metadata: { name: 's', namespace: 'b' }, ...values });
  test.each([
    ['no base64', { data: { password: 'hunter2!' } }],
    ['a wrong type', { data: { password: { hunter2: 1 } } }],
    ['a wrong type of all', { data: 'hunter2' }],
    ['a wrong type of a text', { stringData: { password: ['hunter2'] } }],
    ['a login that is no JSON', { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': 'hunter2' } }],
  ])('%s', (_name, values) => {
    const error = failure(() => prepareCreate(secrets, secret(values)));
    expect(JSON.stringify(error.toStatus())).not.toContain('hunter2');
    expect(error.message).toContain('<secret contents redacted>');
  });

  test('but the name of a key does', () => {
    expect(failure(() => prepareCreate(secrets, secret({ data: { 'a b': '' } }))).message).toContain('"a b"');
  });
});
