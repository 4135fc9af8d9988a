import { type AdmissionLookups, type AdmissionRequest, offline } from '../../../../runtime/apiserver/admission';
import { podSecurity } from '../../../../runtime/apiserver/admission/plugins/pod-security';
import type { Pod } from '../../../../runtime/kube/generated/types';
import type { AnyObject } from '../../../../runtime/kube/object';
import { deployments, namespaces, pods } from '../../../../runtime/kube/resource';
import type { StatusError } from '../../../../runtime/kube/status-error';

type Labels = Record<string, string>;

function modes(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));
}

/** Passes a write; returns the warnings, the audit annotations, and the refusal if there was one. */
function write(values: Partial<AdmissionRequest>, labels: Labels = {}, existing: Pod[] = []) {
  const warnings: string[] = [];
  const audit: Labels = {};
  const lookups: AdmissionLookups = {
    ...offline,
    get: () => ({ metadata: { name: 'team', labels: modes(labels) } }) as never,
    list: () => existing as never,
  };
  const request: AdmissionRequest = {
    ...{ operation: 'CREATE', resource: pods as never, namespace: 'team', name: 'web', lookups },
    warn: (text) => warnings.push(text),
    annotate: (key, value) => {
      audit[key] = value;
    },
    ...values,
  };
  let refused: StatusError | undefined;
  try {
    podSecurity.validate?.(request);
  } catch (error) {
    refused = error as StatusError;
  }
  return { warnings, audit, refused };
}

function podOf(spec: object, metadata: object = { name: 'web' }): AnyObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as AnyObject;
}

const shared = podOf({ hostPID: true, containers: [{ name: 'main', image: 'a' }] });
const text = 'host namespaces (hostPID=true)';

test('a namespace without labels allows everything', () => {
  expect(write({ object: shared })).toEqual({ warnings: [], audit: {}, refused: undefined });
});

test('what is enforced is refused, and nothing warned of beside', () => {
  const { refused, warnings, audit } = write({ object: shared }, { enforce: 'baseline', 'enforce-version': 'v1.30' });
  expect(refused?.reason).toBe('Forbidden');
  expect(refused?.message).toBe(`pods "web" is forbidden: violates PodSecurity "baseline:v1.30": ${text}`);
  expect(warnings).toEqual([]);
  expect(audit).toEqual({ 'pod-security.kubernetes.io/enforce-policy': 'baseline:v1.30' });
});

test('what is warned of or put on record is let pass', () => {
  const { refused, warnings, audit } = write({ object: shared }, { warn: 'baseline', audit: 'baseline' });
  expect(refused).toBeUndefined();
  expect(warnings).toEqual([`would violate PodSecurity "baseline:latest": ${text}`]);
  expect(audit).toMatchObject({
    'pod-security.kubernetes.io/audit-violations': `would violate PodSecurity "baseline:latest": ${text}`,
  });
});

test('a workload is never refused: its template is warned of, at the level that its pods will meet', () => {
  const object = { metadata: { name: 'web' }, spec: { template: { spec: shared.spec } } } as unknown as AnyObject;
  const made = write({ resource: deployments as never, object }, { enforce: 'baseline' });
  expect(made.refused).toBeUndefined();
  expect(made.warnings).toEqual([`would violate PodSecurity "baseline:latest": ${text}`]);
  expect(made.audit).toEqual({});
});

test('an update is looked at where an image changes or a container comes', () => {
  const labels = { enforce: 'baseline' };
  const update = (object: AnyObject, subresource?: string) =>
    write({ operation: 'UPDATE', object, oldObject: shared, subresource }, labels).refused?.reason;
  const spec = shared.spec as object;
  expect(update(podOf(spec, { name: 'web', labels: { a: 'b' } }))).toBeUndefined();
  expect(update(podOf({ ...spec, containers: [{ name: 'main', image: 'b' }] }))).toBe('Forbidden');
  const debugged = podOf({ ...spec, ephemeralContainers: [{ name: 'debug', image: 'b' }] });
  expect(update(debugged, 'ephemeralcontainers')).toBe('Forbidden');
  expect(update(debugged, 'status')).toBeUndefined();
});

test('labels that are wrong are refused, but may stay where they are', () => {
  const namespace = (labels: Labels, more: Labels = {}): AnyObject =>
    ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team', labels: { ...modes(labels), ...more } },
    }) as never;
  const target = { resource: namespaces as never, namespace: undefined, name: 'team' };
  const bad = namespace({ enforce: 'strict', 'warn-version': '1.30' });
  expect(write({ ...target, object: bad }).refused?.message).toBe(
    'Namespace "team" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.30": must be "latest" or "v1.x"]',
  );
  const update = { ...target, operation: 'UPDATE' as const };
  const later = namespace({ enforce: 'strict', 'warn-version': '1.30' }, { team: 'a' });
  expect(write({ ...update, object: later, oldObject: bad }).refused).toBeUndefined();
  expect(write({ ...update, object: bad, oldObject: namespace({}) }).refused?.reason).toBe('Invalid');
});

test('labels that are wrong fail closed', () => {
  const { refused } = write({ object: podOf({ containers: [{ name: 'main' }] }) }, { enforce: 'strict' });
  expect(refused?.message).toContain('violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false');
});

describe('a namespace that begins to enforce a level', () => {
  const of = (name: string, spec: object, controller?: string): Pod =>
    podOf(
      { containers: [], ...spec },
      { name, ...(controller ? { ownerReferences: [{ uid: controller, controller: true }] } : {}) },
    ) as unknown as Pod;
  const change = (before: Labels, after: Labels, existing: Pod[]) => {
    const object = { metadata: { name: 'team', labels: modes(after) } } as unknown as AnyObject;
    const oldObject = { metadata: { name: 'team', labels: modes(before) } } as unknown as AnyObject;
    return write(
      { operation: 'UPDATE', resource: namespaces as never, namespace: undefined, name: 'team', object, oldObject },
      {},
      existing,
    );
  };

  test('is told which pods it holds already', () => {
    const existing = [
      of('b', { hostPID: true }),
      of('c', { hostPID: true }),
      of('a', { hostPID: true }),
      of('d', { hostIPC: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      of('fine', {}),
    ];
    const { warnings, refused } = change({}, { enforce: 'baseline' }, existing);
    expect(refused).toBeUndefined();
    expect(warnings).toEqual([
      'existing pods in namespace "team" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 2 other pods): host namespaces',
      'd: host namespaces, hostPath volumes',
    ]);
  });

  test('not where the level is the same or was relaxed', () => {
    const existing = [of('b', { hostPID: true })];
    expect(change({ enforce: 'baseline' }, { enforce: 'baseline', warn: 'restricted' }, existing).warnings).toEqual([]);
    expect(change({ enforce: 'restricted' }, { enforce: 'baseline' }, existing).warnings).toEqual([]);
    expect(
      change({ enforce: 'restricted' }, { enforce: 'baseline', 'enforce-version': 'v1.20' }, existing).warnings,
    ).toHaveLength(2);
  });

  test('looks at 3,000 pods at most, one of each controller first', () => {
    const copies = Array.from({ length: 3500 }, (_, i) => of(`copy-${i}`, {}, 'set'));
    const { warnings } = change({}, { enforce: 'baseline' }, [...copies, of('last', { hostPID: true })]);
    expect(warnings).toEqual([
      'new PodSecurity enforce level only checked against the first 3000 of 3501 existing pods',
      'existing pods in namespace "team" violate the new PodSecurity enforce level "baseline:latest"',
      'last: host namespaces',
    ]);
  });
});
