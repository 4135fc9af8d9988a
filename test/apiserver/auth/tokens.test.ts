import { generateKeyPairSync } from 'node:crypto';
import { TokenIssuer } from '../../../runtime/apiserver/auth/tokens/issuer';
import { createTokenKey } from '../../../runtime/apiserver/auth/tokens/keys';
import { FakeClock } from '../../../runtime/util/fake-clock';
import { bind, type Json, pod, podsPath, TestServer } from '../harness';

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const issuerUrl = 'https://kubernetes.default.svc.cluster.local';
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
  await server.post(accounts, { metadata: { name: 'bot' } });
});
afterAll(() => server.stop());

const request = (spec: object = {}, as?: Parameters<TestServer['post']>[2]) =>
  server.post(`${accounts}/bot/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }, as);
const tokenOf = async (spec: object = {}): Promise<string> => (await request(spec)).json.status.token;
const whoami = async (token: string) =>
  server.post(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {},
    { as: 'nobody', headers: { authorization: `Bearer ${token}` } },
  );
const review = async (token: string, audiences?: string[]): Promise<Json> =>
  (await server.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } })).json.status;
const claimsOf = (token: string): Json => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('a token of a service account', () => {
  it('authenticates the account, with its groups', async () => {
    const answer = await request();
    expect(answer.status).toBe(201);
    const { uid } = (await server.get(`${accounts}/bot`)).json.metadata;
    const token = answer.json.status.token;
    const user = (await whoami(token)).json.status.userInfo;
    expect(user).toMatchObject({
      username: 'system:serviceaccount:default:bot',
      uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    expect(user.extra['authentication.kubernetes.io/credential-id'][0]).toBe(`JTI=${claimsOf(token).jti}`);
    expect(claimsOf(token)).toMatchObject({
      iss: issuerUrl,
      aud: [issuerUrl],
      sub: 'system:serviceaccount:default:bot',
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'bot', uid } },
    });
    expect(claimsOf(token).exp - claimsOf(token).iat).toBe(3600);
  });

  it('ends in time', async () => {
    const other = await TestServer.start();
    await other.post(accounts, { metadata: { name: 'bot' } });
    const body = { spec: { expirationSeconds: 600 } };
    const { token } = (await other.post(`${accounts}/bot/token`, body)).json.status;
    const as = { as: 'nobody' as const, headers: { authorization: `Bearer ${token}` } };
    expect((await other.get('/api', as)).status).toBe(200);
    await other.clock.advance(600_000);
    expect((await other.get('/api', as)).status).toBe(401);
    await other.stop();
  });

  it('is good for its audiences alone', async () => {
    const token = await tokenOf({ audiences: ['vault'] });
    expect((await whoami(token)).status).toBe(401);
    expect(await review(token, ['vault', 'x'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    const refused = await review(token);
    expect(refused.authenticated).toBeUndefined();
    expect(refused.error).toContain('audiences ["vault"] is invalid');
  });

  it('ends with its account, one made anew notwithstanding', async () => {
    await server.post(accounts, { metadata: { name: 'short' } });
    const { token } = (await server.post(`${accounts}/short/token`, {})).json.status;
    expect((await whoami(token)).status).toBe(201);
    await server.delete(`${accounts}/short`);
    expect((await whoami(token)).status).toBe(401);
    await server.post(accounts, { metadata: { name: 'short' } });
    expect((await whoami(token)).status).toBe(401);
  });

  it('ends with the pod that it is bound to, and names it', async () => {
    await server.post(podsPath, pod('bound', { serviceAccountName: 'bot' }));
    const token = await tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'bound' } });
    const { extra } = (await whoami(token)).json.status.userInfo;
    expect(extra['authentication.kubernetes.io/pod-name']).toEqual(['bound']);
    await server.delete(`${podsPath}/bound`, { gracePeriodSeconds: 0 });
    expect((await whoami(token)).status).toBe(401);
  });

  it.each([
    [
      { expirationSeconds: 10 },
      422,
      'spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    ],
    [
      { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } },
      422,
      'spec.boundObjectRef.kind: Unsupported value: "ConfigMap"',
    ],
    [{ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none' } }, 404, 'pods "none" not found'],
  ])('is refused for %j', async (spec, status, message) => {
    const answer = await request(spec);
    expect([answer.status, answer.json.message]).toEqual([status, expect.stringContaining(message)]);
  });

  it('bound to a pod of a node that is not there names that node, and no uid', async () => {
    await server.post(podsPath, pod('placed', { serviceAccountName: 'bot', nodeName: 'gone' }));
    const token = await tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'placed' } });
    expect(claimsOf(token)['kubernetes.io'].node).toEqual({ name: 'gone' });
    const { extra } = (await whoami(token)).json.status.userInfo;
    expect(extra['authentication.kubernetes.io/node-name']).toEqual(['gone']);
    expect(extra).not.toHaveProperty(['authentication.kubernetes.io/node-uid']);
  });

  it('is asked for the account in the path, whose names and uid come back', async () => {
    const { uid } = (await server.get(`${accounts}/bot`)).json.metadata;
    const ask = (metadata: object) => server.post(`${accounts}/bot/token`, { metadata });
    expect((await ask({})).json.metadata).toMatchObject({ name: 'bot', namespace: 'default', uid });
    expect((await ask({ name: 'bot', uid })).status).toBe(201);
    expect((await ask({ name: 'other' })).json).toMatchObject({
      code: 422,
      message:
        'TokenRequest.authentication.k8s.io "bot" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
    });
    expect((await ask({ namespace: 'other' })).json.message).toContain('does not match the namespace');
    expect((await ask({ uid: 'other' })).json).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "bot": the UID in the token request (other) does not match the UID of the service account (${uid})`,
    });
  });

  it('is refused for another uid, another account’s pod, and an account that is not there', async () => {
    await server.post(podsPath, pod('foreign'));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'foreign' };
    expect((await request({ boundObjectRef: { ...boundObjectRef, uid: 'other' } })).status).toBe(409);
    expect((await request({ boundObjectRef })).status).toBe(400);
    expect((await server.post(`${accounts}/none/token`, {})).status).toBe(404);
  });

  it('that was tampered with, or signed by another key, is refused', async () => {
    const [head, body, signature] = (await tokenOf()).split('.');
    const claims = {
      ...JSON.parse(Buffer.from(body as string, 'base64url').toString()),
      sub: 'system:serviceaccount:default:root',
    };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect((await whoami(`${head}.${forged}.${signature}`)).status).toBe(401);
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect((await whoami(`${none}.${body}.`)).status).toBe(401);
    const options = { keys: [createTokenKey()], issuer: issuerUrl, clock: new FakeClock(Date.now()), uid: () => 'u' };
    const { uid } = (await server.get(`${accounts}/bot`)).json.metadata;
    const foreign = await new TokenIssuer(options).sign(
      { namespace: 'default', serviceAccount: { name: 'bot', uid } },
      [issuerUrl],
      3600,
    );
    expect((await whoami(foreign)).status).toBe(401);
    expect(await review(foreign)).toMatchObject({ error: '[invalid bearer token, invalid bearer token]' });
  });
});

describe('a node', () => {
  it('gets tokens for its own pods, and for the audiences that these ask for', async () => {
    const n1 = await server.node('n1');
    const made = await server.post(podsPath, pod('asks', { serviceAccountName: 'bot' }));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'asks', uid: made.json.metadata.uid };
    const ask = (spec: object) => request(spec, { as: n1 });
    expect((await ask({ boundObjectRef })).json.message).toContain("no relationship found between node 'n1'");
    await bind(server, 'asks', 'n1');
    expect((await ask({ boundObjectRef })).status).toBe(201);
    expect((await ask({ boundObjectRef, audiences: ['other'] })).json.message).toContain('audience "other" not found');
    expect((await ask({})).json.message).toContain('requested a token not bound to a pod');
    expect((await ask({ boundObjectRef: { ...boundObjectRef, uid: undefined } })).status).toBe(403);
    const n2 = await server.node('n2');
    expect((await request({ boundObjectRef }, { as: n2 })).status).toBe(403);
  });
});

describe('keys', () => {
  it('may be rotated: the first signs, all verify, all are published', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const old = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const parts = { issuer: issuerUrl, clock: new FakeClock(Date.now()), uid: () => 'u' };
    const claims = { namespace: 'ns', serviceAccount: { name: 'a', uid: '1' } };
    const token = await new TokenIssuer({ ...parts, keys: [old] }).sign(claims, ['x'], 600);
    const rotated = new TokenIssuer({ ...parts, keys: [createTokenKey(), old] });
    expect(await rotated.verify(token)).toMatchObject(claims);
    const { keys } = (await rotated.jwks()) as Json;
    expect(keys.map((key: Json) => [key.alg, key.kty, key.d])).toEqual([
      ['ES256', 'EC', undefined],
      ['RS256', 'RSA', undefined],
    ]);
    await expect(new TokenIssuer({ ...parts, keys: [createTokenKey()] }).verify(token)).rejects.toThrow('unknown key');
  });

  it('and their issuer can be found by service accounts', async () => {
    const as = { as: 'nobody' as const, headers: { authorization: `Bearer ${await tokenOf()}` } };
    const found = await server.get('/.well-known/openid-configuration', as);
    expect(found.json).toMatchObject({
      issuer: issuerUrl,
      jwks_uri: `${issuerUrl}/openid/v1/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const jwks = await server.get('/openid/v1/jwks', as);
    expect(jwks.headers['content-type']).toBe('application/jwk-set+json');
    const [, kid] =
      /"kid":"([^"]+)"/.exec(Buffer.from((await tokenOf()).split('.')[0] ?? '', 'base64url').toString()) ?? [];
    expect(jwks.json.keys[0]).toMatchObject({ kid, use: 'sig', kty: 'EC', crv: 'P-256' });
  });
});

describe('a bootstrap token', () => {
  const make = (id: string, change: Record<string, string> = {}, annotations = {}) =>
    server.post('/api/v1/namespaces/kube-system/secrets', {
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: `bootstrap-token-${id}`, annotations },
      stringData: {
        'token-id': id,
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        ...change,
      },
    });

  it('authenticates a bootstrapper, until it expires', async () => {
    await make('aaaaaa', { 'auth-extra-groups': 'system:bootstrappers:team,system:masters' });
    expect((await whoami('aaaaaa.0123456789abcdef')).json.status.userInfo).toMatchObject({
      username: 'system:bootstrap:aaaaaa',
      groups: ['system:bootstrappers', 'system:bootstrappers:team', 'system:authenticated'],
    });
    expect((await whoami('aaaaaa.0123456789abcdee')).status).toBe(401);
    await make('bbbbbb', { expiration: new Date(server.clock.now() - 1000).toISOString() });
    expect((await whoami('bbbbbb.0123456789abcdef')).status).toBe(401);
    await make('cccccc', { 'usage-bootstrap-authentication': 'false' });
    expect((await whoami('cccccc.0123456789abcdef')).status).toBe(401);
  });

  it('that is one node’s is good for its join alone', async () => {
    await make('dddddd', {}, { 'orlop.dev/node-name': 'n7' });
    expect((await whoami('dddddd.0123456789abcdef')).status).toBe(401);
  });
});
