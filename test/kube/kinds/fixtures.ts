import { prepareCreate, prepareUpdate, type WriteContext } from '../../../runtime/apiserver/admission';
import type {
  ConfigMap,
  Deployment,
  EndpointSlice,
  Event,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
} from '../../../runtime/kube/generated/types';
import type { Kind } from '../../../runtime/kube/kind';
import { kindFor } from '../../../runtime/kube/kinds';
import type { AnyObject, KubeObject } from '../../../runtime/kube/object';
import { StatusError } from '../../../runtime/kube/status-error';
import { minimalCluster } from './minimal-cluster';
import { minimalControl } from './minimal-control';
import { minimalWorkloads } from './minimal-workloads';

/** The smallest valid object of each kind. */
export const minimal = {
  ...minimalCluster,
  ...minimalControl,
  ...minimalWorkloads,
  namespace: (): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }),
  node: (): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }),
  pod: (): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'app', image: 'nginx:1.27' }] },
  }),
  replicaSet: (): ReplicaSet => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx:1.27' }] } },
    },
  }),
  deployment: (): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx:1.27' }] } },
    },
  }),
  service: (): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  }),
  endpointSlice: (): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-x', namespace: 'default' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.42.0.7'] }],
    ports: [{ name: 'http', port: 80 }],
  }),
  configMap: (): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { 'app.conf': 'a=1' },
  }),
  secret: (): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'password', namespace: 'default' },
    data: { password: 'aHVudGVyMg==' },
  }),
  serviceAccount: (): ServiceAccount => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'robot', namespace: 'default' },
  }),
  event: (): Event => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
  }),
  lease: (): Lease => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'n1', namespace: 'kube-node-lease' },
  }),
};

export function kindOf(object: KubeObject): Kind {
  const kind = kindFor(object.apiVersion, object.kind);
  if (!kind) throw new Error(`no kind ${object.kind}`);
  return kind;
}

/** The object as it would be stored. */
export function created<T extends KubeObject>(object: T, context?: WriteContext): T {
  return prepareCreate(kindOf(object), object, context).object as unknown as T;
}

/** What would be stored after `change` to a stored object. */
export function updated<T extends KubeObject>(old: T, change: (object: T) => void, context?: WriteContext): T {
  const next = structuredClone(old);
  change(next);
  return prepareUpdate(kindOf(old), next, old as unknown as AnyObject, context).object as unknown as T;
}

/** What `kubectl get -o wide` shows of an object. */
export function rowOf(object: KubeObject, now = Date.parse('2026-01-31T13:00:00Z')): unknown[] {
  return kindOf(object).columns.map((column) => column.cell(object as AnyObject, now));
}

/** Each broken rule as `field: text`; empty where the write passes. */
export function problems(write: () => unknown): string[] {
  try {
    write();
    return [];
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'Invalid') throw error;
    return (error.details?.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`);
  }
}

/** A case of a table: what is done to a valid object, and the problems that come of it. */
export type Case<T> = [name: string, change: (object: T) => void, ...problems: string[]];

/** Runs a table of creates. */
export function testCreates<T extends KubeObject>(make: () => T, cases: Case<T>[]): void {
  test('the minimal object passes', () => {
    expect(problems(() => created(make()))).toEqual([]);
  });
  test.each(cases.map(([name, change, ...expected]) => ({ name, change, expected })))(
    '$name',
    ({ change, expected }) => {
      const object = make();
      change(object);
      expect(problems(() => created(object))).toEqual(expected);
    },
  );
}

/** Runs a table of updates of the stored minimal object. */
export function testUpdates<T extends KubeObject>(make: () => T, cases: Case<T>[], context?: WriteContext): void {
  test.each(cases.map(([name, change, ...expected]) => ({ name, change, expected })))(
    '$name',
    ({ change, expected }) => {
      expect(problems(() => updated(created(make()), change, context))).toEqual(expected);
    },
  );
}

/** The cells of an object's row. */
export function row(object: KubeObject, now = 0): unknown[] {
  return kindOf(object).columns.map((column) => column.cell(object as AnyObject, now));
}
