import type { Namespace } from '../../../../runtime/kube/generated/types';
import { namespaceKind } from '../../../../runtime/kube/kinds/core/namespace';
import { created, minimal, problems, testCreates, updated } from '../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

describe('Namespace', () => {
  test('is Active, finalized by Kubernetes and labelled with its name', () => {
    expect(created(minimal.namespace())).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  testCreates(minimal.namespace, [
    [
      'name with a dot',
      (n) => void Object.assign(n.metadata, { name: 'a.b' }),
      "metadata.name: Invalid value: \"a.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      'finalizer',
      (n) => void Object.assign(n, { spec: { finalizers: ['mine'] } }),
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ]);

  test('an update keeps the finalizers of the spec and the status', () => {
    const old = created(minimal.namespace());
    expect(updated(old, (n) => Object.assign(n, { spec: {}, status: {} }))).toEqual(old);
  });

  test('the phase follows the deletion', () => {
    const old: Namespace = created(minimal.namespace());
    const to = (phase: string) => (n: Namespace) => void Object.assign(n, { status: { phase } });
    expect(problems(() => updated(old, to('Terminating'), { subresource: 'status' }))).toEqual([
      'status.phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    old.metadata.deletionTimestamp = '2026-01-31T13:00:00Z';
    expect(problems(() => updated(old, to('Terminating'), { subresource: 'status' }))).toEqual([]);
    expect(problems(() => updated(old, to('Active'), { subresource: 'status' }))).toHaveLength(1);
  });

  test('row', () => {
    const cells = namespaceKind.columns.map((column) => column.cell(created(minimal.namespace()), now));
    expect(cells).toEqual(['team', 'Active', '<unknown>']);
  });
});
