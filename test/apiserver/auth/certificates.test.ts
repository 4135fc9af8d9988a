import { expiryOf } from '../../../runtime/apiserver/auth/certificates/expiry';
import { signerProblem } from '../../../runtime/apiserver/auth/certificates/signers';
import type { CertificateSigningRequest } from '../../../runtime/kube/generated/types';
import { readCertificate } from '../../../runtime/pki/certificate';
import { createKeyAndRequest } from '../../../runtime/pki/request';
import { type Identity, type Json, TestServer } from '../harness';

const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const client = 'kubernetes.io/kube-apiserver-client';
const nodeClient = 'kubernetes.io/kube-apiserver-client-kubelet';
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

interface Ask {
  signerName?: string;
  commonName?: string;
  organizations?: string[];
  dnsNames?: string[];
  usages?: string[];
  expirationSeconds?: number;
  as?: Identity;
}

async function ask(
  name: string,
  { as, signerName = client, usages = ['client auth'], expirationSeconds, ...names }: Ask = {},
) {
  const made = await createKeyAndRequest({ commonName: 'jane', organizations: ['devs'], ...names });
  const request = Buffer.from(made.request).toString('base64');
  const spec = { request, signerName, usages, expirationSeconds, username: 'forged', groups: ['system:masters'] };
  const answer = await server.post(path, { metadata: { name }, spec }, as ? { as } : {});
  return { key: made.key, answer };
}

const names = (organizations: string[]) => ({
  commonName: 'jane',
  organizations,
  dnsNames: [],
  ipAddresses: [],
  otherNames: 0,
});

const approve = (name: string, type: 'Approved' | 'Denied' = 'Approved', as?: Identity) =>
  server.patch(
    `${path}/${name}/approval`,
    'merge',
    { status: { conditions: [{ type, status: 'True', reason: 'Test', message: 'm' }] } },
    as ? { as } : {},
  );

/** The request as soon as it is so. */
async function until(name: string, so: (request: Json) => unknown): Promise<Json> {
  for (;;) {
    const { json } = await server.get(`${path}/${name}`);
    if (so(json)) return json;
    await server.clock.advance(1);
  }
}

const condition = (request: Json, type: string) => request.status?.conditions?.find((c: Json) => c.type === type);
const certificateOf = (request: Json) => Buffer.from(request.status.certificate, 'base64').toString();

describe('a signing request', () => {
  it('asks for no client certificate of the group that may do everything', async () => {
    const { answer } = await ask('mighty', { organizations: ['devs', 'system:masters'] });
    expect(answer.json).toMatchObject({
      code: 403,
      message:
        'certificatesigningrequests.certificates.k8s.io "mighty" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    });
    const asked = { spec: { signerName: client, usages: ['client auth'] }, request: names(['system:masters']) };
    expect(signerProblem(asked)).toContain('system:masters group is not allowed');
    const other = await ask('other', { organizations: ['system:masters'], signerName: 'example.com/own' });
    expect(other.answer.status).toBe(201);
  });

  it('says who makes it, whatever it says itself', async () => {
    const { answer } = await ask('who', { as: await server.identity('joe', ['system:masters']) });
    expect(answer.status).toBe(201);
    expect(answer.json.spec).toMatchObject({ username: 'joe', groups: ['system:masters', 'system:authenticated'] });
  });

  it('that is approved gets a certificate that the API takes, for as long as was asked', async () => {
    const { key } = await ask('good', { expirationSeconds: 600 });
    expect((await server.get(`${path}/good`)).json.status).toEqual({});
    expect((await approve('good')).status).toBe(200);
    const cert = certificateOf(await until('good', ({ status }) => status.certificate));
    const read = readCertificate(cert);
    expect(read).toMatchObject({ commonName: 'jane', organizations: ['devs'] });
    expect(Math.abs(read.notAfter - server.clock.now() - 600_000)).toBeLessThan(60_000);
    const who = await server.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { as: { key, cert } });
    expect(who.json.status.userInfo).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] });
  });

  it.each<[string, Ask, string]>([
    ['usage', { usages: ['server auth'] }, 'usages must be "client auth"'],
    ['node', { signerName: nodeClient, organizations: ['devs'] }, 'organization is not system:nodes'],
    [
      'serving',
      {
        signerName: 'kubernetes.io/kubelet-serving',
        usages: ['server auth'],
        commonName: 'system:node:n',
        organizations: ['system:nodes'],
        dnsNames: ['n'],
      },
      'not that of the requesting node',
    ],
  ])('that does not fit its signer fails (%s)', async (name, given, why) => {
    expect((await ask(`bad-${name}`, given)).answer.status).toBe(201);
    await approve(`bad-${name}`);
    const failed = await until(`bad-${name}`, (request) => condition(request, 'Failed'));
    expect(condition(failed, 'Failed')).toMatchObject({
      reason: 'SignerValidationFailure',
      message: expect.stringContaining(why),
    });
    expect(failed.status.certificate).toBeUndefined();
  });

  it('that is denied, or of another signer, is not signed', async () => {
    await ask('denied');
    await approve('denied', 'Denied');
    await ask('foreign', { signerName: 'example.com/signer' });
    await approve('foreign');
    await ask('after');
    await approve('after');
    await until('after', ({ status }) => status.certificate);
    for (const name of ['denied', 'foreign']) {
      expect((await server.get(`${path}/${name}`)).json.status.certificate).toBeUndefined();
    }
  });

  it('takes the right to approve, and to sign, for its signer', async () => {
    const bob = await server.identity('bob', []);
    const everything = {
      verbs: ['*'],
      apiGroups: ['certificates.k8s.io'],
      resources: [
        'certificatesigningrequests',
        'certificatesigningrequests/approval',
        'certificatesigningrequests/status',
      ],
    };
    const bind = async (name: string, ...rules: object[]) => {
      await server.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
      await server.post(`${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef,
        subjects: [{ kind: 'User', name: 'bob' }],
      });
    };
    await bind('csr', everything);
    await ask('needs', { signerName: 'example.com/a' });
    const refused = await approve('needs', 'Approved', bob);
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'certificatesigningrequests.certificates.k8s.io "needs" is forbidden: user not permitted to approve requests with signerName "example.com/a"',
    ]);
    await bind('approves', {
      verbs: ['approve'],
      apiGroups: ['certificates.k8s.io'],
      resources: ['signers'],
      resourceNames: ['example.com/*'],
    });
    expect((await approve('needs', 'Approved', bob)).status).toBe(200);
    const certificate = Buffer.from(server.ca.cert).toString('base64');
    const sign = () => server.patch(`${path}/needs/status`, 'merge', { status: { certificate } }, { as: bob });
    expect((await sign()).json.message).toContain('not permitted to sign');
    await bind('signs', {
      verbs: ['sign'],
      apiGroups: ['certificates.k8s.io'],
      resources: ['signers'],
      resourceNames: ['example.com/a'],
    });
    expect((await sign()).status).toBe(200);
  });

  it('of a node for itself is approved by nobody, as one of a joiner is; of somebody else not', async () => {
    const names = { signerName: nodeClient, commonName: 'system:node:n1', organizations: ['system:nodes'] };
    await ask('self', { ...names, as: await server.node('n1') });
    const cert = certificateOf(await until('self', ({ status }) => status.certificate));
    expect(readCertificate(cert)).toMatchObject({ commonName: 'system:node:n1', organizations: ['system:nodes'] });
    const joiners = 'system:bootstrappers:kubeadm:default-node-token';
    await ask('joiner', { ...names, as: await server.identity('system:bootstrap:abcdef', [joiners]) });
    await until('joiner', ({ status }) => status.certificate);
    await ask('other', { ...names, as: await server.node('n2') });
    await ask('again', { ...names, as: await server.node('n1') });
    await until('again', ({ status }) => status.certificate);
    expect(condition((await server.get(`${path}/other`)).json, 'Approved')).toBeUndefined();
  });

  it('is cleared away once it is old', async () => {
    await ask('old');
    expect((await approve('old', 'Denied')).status).toBe(200);
    const conditions = [{ type: 'Denied', status: 'True', lastUpdateTime: '2020-01-01T00:00:00Z' }];
    expect((await server.patch(`${path}/old/approval`, 'merge', { status: { conditions } })).status).toBe(200);
    while ((await server.get(`${path}/old`)).status !== 404) await server.clock.advance(1);
  });
});

describe('a signing request is kept', () => {
  const created = '2026-01-01T00:00:00Z';
  const at = '2026-01-01T10:00:00Z';
  const of = (type: string | undefined, certificate?: string): CertificateSigningRequest => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'r', creationTimestamp: created },
    spec: { request: '', signerName: client },
    status: { certificate, conditions: type ? [{ type, status: 'True', lastUpdateTime: at }] : [] },
  });

  it.each([
    [undefined, undefined, '2026-01-02T00:00:00Z'],
    ['Approved', undefined, '2026-01-02T00:00:00Z'],
    ['Approved', 'bm9uZQ==', '2026-01-01T11:00:00Z'],
    ['Denied', undefined, '2026-01-01T11:00:00Z'],
    ['Failed', undefined, '2026-01-01T11:00:00Z'],
  ])('of condition %s with certificate %s until %s', (type, certificate, until) => {
    expect(expiryOf(of(type, certificate))).toBe(Date.parse(until));
  });
});
