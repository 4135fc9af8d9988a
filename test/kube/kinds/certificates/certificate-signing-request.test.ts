import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from '../../../../runtime/kube/generated/types';
import { created, minimal, problems, row, testCreates, updated } from '../fixtures';
import { certificate, signingRequests } from './requests';

const set = (values: Partial<CertificateSigningRequestSpec>) => (request: CertificateSigningRequest) =>
  void Object.assign(request.spec, values);
const conditions =
  (...values: CertificateSigningRequestCondition[]) =>
  (request: CertificateSigningRequest) =>
    void Object.assign(request, { status: { ...request.status, conditions: values } });
const approved = { type: 'Approved', status: 'True' };
const denied = { type: 'Denied', status: 'True' };
const pem = (type: string, body: string) =>
  Buffer.from(`-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`).toString('base64');
/** The request with one bit of its signature turned. */
function forged(): string {
  const text = Buffer.from(signingRequests.ed25519, 'base64').toString();
  const der = Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64');
  der[der.length - 1] = (der[der.length - 1] as number) ^ 1;
  return pem('CERTIFICATE REQUEST', der.toString('base64'));
}
const signer = (signerName: string) => set({ signerName });

test('who asks is not for the asker to say', () => {
  const request = minimal.certificateSigningRequest();
  set({ username: 'root', groups: ['system:masters'], uid: '1', extra: { a: ['b'] } })(request);
  request.status = { certificate, conditions: [approved] };
  expect(created(request)).toMatchObject({ spec: minimal.certificateSigningRequest().spec, status: {} });
  expect(created(request).spec.groups).toBeUndefined();
});

testCreates(minimal.certificateSigningRequest, [
  ['any name', (request) => void Object.assign(request.metadata, { name: 'Ann: her request' })],
  [
    'a name that is a path',
    (request) => void Object.assign(request.metadata, { name: '../a' }),
    'metadata.name: Invalid value: "../a": may not contain \'/\'',
  ],
  ['RSA', set({ request: signingRequests.rsa })],
  ['Ed25519', set({ request: signingRequests.ed25519 })],
  ['RSA with SHA-1', set({ request: signingRequests.rsaSha1 })],
  [
    'signed with another key',
    set({ request: forged() }),
    expect.stringMatching(/^spec.request: Invalid value: ".*": x509: the signature .* does not fit its key$/) as never,
  ],
  [
    'a certificate',
    set({ request: certificate }),
    `spec.request: Invalid value: "${certificate}": PEM block type must be CERTIFICATE REQUEST`,
  ],
  [
    'nothing in it',
    set({ request: pem('CERTIFICATE REQUEST', 'MAA=') }),
    expect.stringContaining('asn1: structure error: expected sequence at byte 0') as never,
  ],
  ['no usages', set({ usages: [] }), 'spec.usages: Required value: usages must be provided'],
  ['usage twice', set({ usages: ['any', 'any'] }), 'spec.usages[1]: Duplicate value: "any"'],
  [
    'usage',
    set({ usages: ['x'] }),
    expect.stringContaining('spec.usages[0]: Unsupported value: "x": supported values: "any", "cert sign"') as never,
  ],
  [
    'too short',
    set({ expirationSeconds: 599 }),
    'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
  ],
  ['no signer', signer(''), 'spec.signerName: Required value: signerName must be provided'],
  [
    'signer without a path',
    signer('example.com'),
    'spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
  ],
  [
    'signer of no domain',
    signer('example/a'),
    'spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots',
  ],
  [
    'signer with capitals',
    signer('example.com/A'),
    expect.stringContaining('spec.signerName: Invalid value: "A": validating label "A": a lowercase RFC 1123') as never,
  ],
  [
    'signer of old',
    signer('kubernetes.io/legacy-unknown'),
    'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
  ],
]);

describe('after it was made', () => {
  const old = created(minimal.certificateSigningRequest());
  const approval = { subresource: 'approval' };
  const status = { subresource: 'status' };

  test('an update changes metadata only', () => {
    const change = (request: CertificateSigningRequest) => {
      set({ usages: ['any'] })(request);
      conditions(approved)(request);
      request.metadata.labels = { a: 'b' };
    };
    expect(updated(old, change)).toEqual({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } });
  });

  test('an approval changes conditions only', () => {
    const change = (request: CertificateSigningRequest) => {
      conditions(approved)(request);
      Object.assign(request.status ?? {}, { certificate });
      set({ usages: ['any'] })(request);
    };
    expect(updated(old, change, approval)).toMatchObject({ spec: old.spec, status: { conditions: [approved] } });
    expect(updated(old, change, approval).status?.certificate).toBeUndefined();
  });

  test.each([
    [
      conditions(approved, denied),
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ],
    [conditions(approved, approved), 'status.conditions[1].type: Duplicate value: "Approved"'],
    [
      conditions({ type: 'Approved', status: 'False' }),
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ],
    [conditions({ type: '', status: '' }), 'status.conditions[0].type: Required value'],
  ])('approvals that say two things, or nothing', (change, problem) => {
    expect(problems(() => updated(old, change, approval))[0]).toBe(problem);
  });

  test('what was decided stays', () => {
    const decided = updated(old, conditions(denied), approval);
    expect(problems(() => updated(decided, conditions(), approval))).toEqual([
      'status.conditions: Forbidden: updates may not remove a condition of type "Denied"',
    ]);
  });

  test('the signer gives a certificate once, and approves nothing', () => {
    const sign = (text: string) => (request: CertificateSigningRequest) =>
      void Object.assign(request, { status: { ...request.status, certificate: text } });
    const signed = updated(updated(old, conditions(approved), approval), sign(certificate), status);
    expect(signed.status).toEqual({ conditions: [approved], certificate });
    expect(problems(() => updated(signed, sign(''), status))).toEqual([
      'status.certificate: Forbidden: updates may not modify existing certificate content',
    ]);
    expect(problems(() => updated(old, conditions(approved), status))).toEqual([
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ]);
    const changed = conditions({ ...approved, reason: 'Mine' });
    expect(problems(() => updated(signed, changed, status))).toEqual([
      'status.conditions: Forbidden: updates may not modify a condition of type "Approved"',
    ]);
    const invalid = 'status.certificate: Invalid value: "<certificate data>"';
    expect(problems(() => updated(old, sign(signingRequests.ec), status))).toEqual([
      `${invalid}: only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"`,
    ]);
    expect(problems(() => updated(old, sign('YQ=='), status))).toEqual([
      `${invalid}: must contain at least one CERTIFICATE PEM block`,
    ]);
    const broken = problems(() => updated(old, sign(pem('CERTIFICATE', 'MAA=')), status));
    expect(broken).toEqual([expect.stringContaining(`${invalid}: x509: malformed certificate: `)]);
  });
});

test('row', () => {
  const request = created(minimal.certificateSigningRequest());
  const signerName = 'kubernetes.io/kube-apiserver-client';
  expect(row(request)).toEqual(['ann', '<unknown>', signerName, '', '<none>', 'Pending']);
  request.spec.username = 'ann';
  request.spec.expirationSeconds = 3600;
  request.status = { certificate, conditions: [approved] };
  expect(row(request)).toEqual(['ann', '<unknown>', signerName, 'ann', '60m', 'Approved,Issued']);
  request.status = { conditions: [denied, { type: 'Failed', status: 'True' }] };
  expect(row(request)[5]).toBe('Denied,Failed');
});
