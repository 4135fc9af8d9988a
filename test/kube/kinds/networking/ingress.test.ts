import { prepareCreate } from '../../../../runtime/apiserver/admission';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../../../runtime/kube/generated/types';
import { ingressKind } from '../../../../runtime/kube/kinds/networking/ingress';
import { created, minimal, problems, row, testCreates, updated } from '../fixtures';

const backend: IngressBackend = { service: { name: 'web', port: { name: 'http' } } };
const set = (spec: Ingress['spec']) => (ingress: Ingress) => void Object.assign(ingress.spec ?? {}, spec);
const rule = (value: IngressRule) => set({ rules: [value] });
const path = (value: Partial<HTTPIngressPath>) =>
  rule({ http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...value }] } });
const to = (value: IngressBackend) => set({ defaultBackend: value });
const at = 'spec.rules[0].http.paths[0]';

testCreates(minimal.ingress, [
  ['a rule', rule({ host: '*.example.com', http: { paths: [{ path: '/a', pathType: 'Exact', backend }] } })],
  ['a rule for a host without paths', rule({ host: 'example.com' })],
  [
    'nothing to serve',
    (ingress) => {
      ingress.spec = {};
    },
    'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
  ],
  [
    'host by address',
    rule({ host: '10.0.0.1' }),
    'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    'wildcard inside',
    rule({ host: 'a.*.com' }),
    "spec.rules[0].host: Invalid value: \"a.*.com\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  ['no paths', rule({ http: { paths: [] } }), 'spec.rules[0].http.paths: Required value'],
  ['no path type', path({ pathType: undefined }), `${at}.pathType: Required value: pathType must be specified`],
  [
    'path type',
    path({ pathType: 'X' }),
    `${at}.pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
  ],
  ['relative path', path({ path: 'a' }), `${at}.path: Invalid value: "a": must be an absolute path`],
  [
    'path with steps up',
    path({ path: '/a//b/..' }),
    `${at}.path: Invalid value: "/a//b/..": must not contain '//'`,
    `${at}.path: Invalid value: "/a//b/..": cannot end with '/..'`,
  ],
  ['path that only its server understands', path({ path: '/a//b', pathType: 'ImplementationSpecific' })],
  ['no path for its server', path({ path: undefined, pathType: 'ImplementationSpecific' })],
  [
    'relative path for its server',
    path({ path: 'a', pathType: 'ImplementationSpecific' }),
    `${at}.path: Invalid value: "a": must be an absolute path`,
  ],
  ['no backend', to({}), 'spec.defaultBackend: Invalid value: "": resource or service backend is required'],
  [
    'two backends',
    to({ ...backend, resource: { kind: 'Bucket', name: 'b' } }),
    'spec.defaultBackend: Invalid value: "": cannot set both resource and service backends',
  ],
  ['backend that is no Service', to({ resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'b' } })],
  [
    'backend without a name',
    to({ resource: { kind: '', name: 'a/b' } }),
    'spec.defaultBackend.resource.kind: Required value',
    'spec.defaultBackend.resource.name: Invalid value: "a/b": may not contain \'/\'',
  ],
  [
    'two ports',
    to({ service: { name: 'web', port: { name: 'http', number: 80 } } }),
    'spec.defaultBackend: Invalid value: "": cannot set both port name & port number',
  ],
  ['no port', to({ service: { name: 'web' } }), 'spec.defaultBackend: Required value: port name or number is required'],
  [
    'port out of range',
    to({ service: { name: 'web', port: { number: 70000 } } }),
    'spec.defaultBackend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  [
    'no service',
    to({ service: { name: '', port: { number: 1 } } }),
    'spec.defaultBackend.service.name: Required value',
  ],
  ['certificates', set({ tls: [{ hosts: ['*.example.com', 'example.com'], secretName: 'tls' }] })],
  [
    'certificate by no name',
    set({ tls: [{ secretName: 'A' }] }),
    expect.stringContaining('spec.tls[0].secretName: Invalid value: "A"') as unknown as string,
  ],
  [
    'two classes',
    (ingress) => {
      ingress.metadata.annotations = { 'kubernetes.io/ingress.class': 'a' };
      set({ ingressClassName: 'b' })(ingress);
    },
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ],
]);

test('the annotation that named the class once is warned of', () => {
  const ingress = minimal.ingress();
  ingress.metadata.annotations = { 'kubernetes.io/ingress.class': 'a' };
  expect(prepareCreate(ingressKind as never, ingress).warnings).toEqual([
    'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
  ]);
});

test('only a status update writes the status, and only the status and metadata', () => {
  const points = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } as Ingress['status'];
  const old = created({ ...minimal.ingress(), status: points });
  expect(old.status).toEqual({ loadBalancer: {} });
  const change = (ingress: Ingress) => Object.assign(ingress, { status: points, spec: { rules: [{ host: 'a' }] } });
  expect(updated(old, change).status).toEqual({ loadBalancer: {} });
  expect(updated(old, change).metadata.generation).toBe(2);
  const status = updated(old, change, { subresource: 'status' });
  expect(status).toMatchObject({ spec: old.spec, status: points, metadata: { generation: 1 } });
  const wrong = (hostname: string) => () =>
    updated(
      old,
      (i) => {
        i.status = { loadBalancer: { ingress: [{ ip: 'x' }, { hostname }] } };
      },
      {
        subresource: 'status',
      },
    );
  expect(problems(wrong('10.0.0.1'))).toEqual([
    'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ]);
});

test('row', () => {
  const ingress = minimal.ingress();
  expect(row(ingress)).toEqual(['web', '<none>', '*', '', '80', '<unknown>']);
  set({ ingressClassName: 'nginx', tls: [{}], rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })) })(ingress);
  ingress.status = { loadBalancer: { ingress: [{ ip: '192.0.2.2' }, { hostname: 'lb.example.com' }] } };
  const cells = ['web', 'nginx', 'a,b,c + 1 more...', '192.0.2.2,lb.example.com', '80, 443', '<unknown>'];
  expect(row(ingress)).toEqual(cells);
});
