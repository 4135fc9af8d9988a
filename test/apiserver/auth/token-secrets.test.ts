import { type Json, TestServer } from '../harness';

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const secrets = '/api/v1/namespaces/default/secrets';
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

const tokenSecret = (name: string, account: string) => ({
  metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
  type: 'kubernetes.io/service-account-token',
});

/** A Secret as soon as it is so; undefined stands for one that is gone. */
async function until(name: string, so: (secret: Json | undefined) => unknown): Promise<Json> {
  for (let turns = 0; turns < 2000; turns++) {
    const { status, json } = await server.get(`${secrets}/${name}`);
    const found = status === 200 ? json : undefined;
    if (so(found)) return json;
    await server.clock.advance(1);
  }
  throw new Error(`the Secret ${name} did not come to be so`);
}

const textOf = (secret: Json, key: string) => Buffer.from(secret.data[key], 'base64').toString();
const whoami = (token: string) =>
  server.post(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {},
    { as: 'nobody', headers: { authorization: `Bearer ${token}` } },
  );

test('a Secret that asks for a token of an account gets one, which is good as long as both are there', async () => {
  const account = (await server.post(accounts, { metadata: { name: 'ci' } })).json;
  await server.post(secrets, tokenSecret('ci-token', 'ci'));
  const filled = await until('ci-token', (secret) => secret?.data?.token);
  expect(filled.metadata.annotations['kubernetes.io/service-account.uid']).toBe(account.metadata.uid);
  expect(textOf(filled, 'namespace')).toBe('default');
  expect(textOf(filled, 'ca.crt')).toContain('BEGIN CERTIFICATE');
  const token = textOf(filled, 'token');
  expect((await whoami(token)).json.status.userInfo).toMatchObject({
    username: 'system:serviceaccount:default:ci',
    uid: account.metadata.uid,
  });
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect([claims.iss, claims.exp]).toEqual(['kubernetes/serviceaccount', undefined]);

  await server.delete(`${accounts}/ci`);
  await until('ci-token', (secret) => secret === undefined);
  expect((await whoami(token)).status).toBe(401);
});

test('a token that was taken out is made anew, beside what else is there', async () => {
  await server.post(accounts, { metadata: { name: 'rotated' } });
  await server.post(secrets, tokenSecret('rotated-token', 'rotated'));
  await until('rotated-token', (secret) => secret?.data?.token);
  await server.patch(`${secrets}/rotated-token`, 'merge', { data: { token: null, mine: 'AA==' } });
  const second = await until('rotated-token', (secret) => secret?.data?.token);
  expect(second.data.mine).toBe('AA==');
  expect((await whoami(textOf(second, 'token'))).status).toBe(201);
});

test('what asks for a token of no account, or of one that was another, is taken away, as in Kubernetes', async () => {
  await server.post(secrets, tokenSecret('nobody-token', 'no-such-account'));
  await until('nobody-token', (secret) => secret === undefined);
  await server.post(accounts, { metadata: { name: 'again' } });
  const secret = tokenSecret('again-token', 'again');
  const annotations = { ...secret.metadata.annotations, 'kubernetes.io/service-account.uid': 'of-another' };
  await server.post(secrets, { ...secret, metadata: { ...secret.metadata, annotations } });
  await until('again-token', (found) => found === undefined);
});

test('Secrets of other types are left alone, also those that hold the text', async () => {
  const other = { metadata: { name: 'other' }, stringData: { text: 'kubernetes.io/service-account-token' } };
  const annotated = { metadata: { name: 'noted', annotations: { note: 'kubernetes.io/service-account-token' } } };
  for (const secret of [other, annotated]) await server.post(secrets, secret);
  await server.post(accounts, { metadata: { name: 'last' } });
  await server.post(secrets, tokenSecret('last-token', 'last'));
  await until('last-token', (secret) => secret?.data?.token);
  expect((await server.get(`${secrets}/noted`)).json.data).toBeUndefined();
  expect(Object.keys((await server.get(`${secrets}/other`)).json.data)).toEqual(['text']);
});
