import { type AdmissionLookups, offline, prepareCreate } from '../../../runtime/apiserver/admission';
import { podKind } from '../../../runtime/kube/kinds/core/pod';
import type { AnyObject } from '../../../runtime/kube/object';
import { liveManifest } from '../../../runtime/terraform/orlop/object/drift';
import {
  immutableChanges,
  type PreparedManifest,
  prepareManifest,
} from '../../../runtime/terraform/orlop/object/prepare';

describe('a pod, to which the cluster adds its token', () => {
  const data = { name: 'data', mountPath: '/data' };
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      containers: [{ name: 'web', image: 'web:1', volumeMounts: [data] }],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  } as unknown as AnyObject;
  const prepared = (of: AnyObject = manifest) => prepareManifest(of, 'default') as PreparedManifest;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const cluster: AdmissionLookups = {
    ...offline,
    get: ({ plural }) => (plural === 'serviceaccounts' ? (account as never) : 'unknown'),
  };
  const live = prepareCreate(podKind as never, manifest, { namespace: 'default', lookups: cluster }).object;

  it('has it in the cluster, and neither in its plan nor as drift', () => {
    expect(JSON.stringify(live)).toContain('kube-api-access-');
    expect(JSON.stringify(prepared().object)).not.toContain('kube-api-access-');
    expect(liveManifest(manifest, live)).toEqual(manifest);
  });

  it('is not replaced for it, but for a volume of the manifest', () => {
    const prior = prepared().object;
    expect(immutableChanges(prepared(), prior)).toEqual([]);
    const labelled = structuredClone(manifest);
    labelled.metadata.labels = { app: 'web' };
    expect(immutableChanges(prepared(labelled), prior)).toEqual([]);
    const moved = structuredClone(manifest) as AnyObject & { spec: { volumes: object[] } };
    moved.spec.volumes = [{ name: 'data', hostPath: { path: '/srv' } }];
    expect(immutableChanges(prepared(moved), prior)).toEqual(['spec']);
  });
});
