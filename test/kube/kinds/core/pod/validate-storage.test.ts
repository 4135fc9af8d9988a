import type { Container, PodSpec } from '../../../../../runtime/kube/generated/types';
import { minimal, testCreates } from '../../fixtures';
import { app, onSpec, set } from './changes';

const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

describe('volumes and mounts', () => {
  const volumes = (...list: NonNullable<PodSpec['volumes']>) => onSpec(set<PodSpec>({ volumes: list }));
  const mounts = (...list: NonNullable<Container['volumeMounts']>) =>
    onSpec((s) => {
      s.volumes = [{ name: 'v' }];
      (s.containers[0] as Container).volumeMounts = list;
    });
  const at = `${app}.volumeMounts[0]`;
  const hostPathTypes =
    '"BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"';
  testCreates(minimal.pod, [
    ['no name', volumes({ name: '' }), 'spec.volumes[0].name: Required value'],
    ['two of one name', volumes({ name: 'a' }, { name: 'a' }), 'spec.volumes[1].name: Duplicate value: "a"'],
    [
      'two sources',
      volumes({ name: 'a', emptyDir: {}, hostPath: { path: '/' } }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'every kind of storage passes',
      volumes(
        { name: 'a', nfs: { server: 's', path: '/' } },
        { name: 'b', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'c', csi: { driver: 'd.example.com' } },
        { name: 'd', ephemeral: { volumeClaimTemplate: { spec: claim } } },
        { name: 'e', iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:a', lun: 0 } },
        { name: 'f', image: { reference: 'r' } },
        { name: 'g', rbd: { monitors: ['m'], image: 'i' } },
      ),
    ],
    [
      'relative path of a server',
      volumes({ name: 'a', nfs: { server: 's', path: 'x' } }),
      'spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path',
    ],
    [
      'storage that lacks what it needs',
      volumes(
        { name: 'a', nfs: { server: '', path: '' } },
        { name: 'b', persistentVolumeClaim: { claimName: '' } },
        { name: 'c', csi: { driver: '' } },
        { name: 'd', ephemeral: {} },
        { name: 'e', awsElasticBlockStore: { volumeID: 'v', partition: 256 } },
        { name: 'f', fc: { targetWWNs: ['w'] } },
        { name: 'g', flocker: {} },
        { name: 'h', image: {} },
      ),
      'spec.volumes[0].nfs.server: Required value',
      'spec.volumes[0].nfs.path: Required value',
      'spec.volumes[1].persistentVolumeClaim.claimName: Required value',
      'spec.volumes[2].csi.driver: Required value',
      'spec.volumes[3].ephemeral.volumeClaimTemplate: Required value',
      'spec.volumes[4].awsElasticBlockStore.partition: Invalid value: 256: must be between 0 and 255, inclusive',
      'spec.volumes[5].fc.lun: Required value: lun is required if targetWWNs is specified',
      'spec.volumes[6].flocker: Required value: one of datasetName and datasetUUID is required',
      'spec.volumes[7].image.reference: Required value',
    ],
    [
      'a claim made with the pod keeps the rules of claims',
      volumes({ name: 'a', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['Often'] } } } }),
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
    ],
    [
      'emptyDir of negative size',
      volumes({ name: 'a', emptyDir: { sizeLimit: '-1' } }),
      'spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity',
    ],
    [
      'hostPath without path',
      volumes({ name: 'a', hostPath: { path: '' } }),
      'spec.volumes[0].hostPath.path: Required value',
    ],
    [
      'hostPath upwards',
      volumes({ name: 'a', hostPath: { path: '/a/../b' } }),
      'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
    ],
    [
      'hostPath type',
      volumes({ name: 'a', hostPath: { path: '/', type: 'X' } }),
      `spec.volumes[0].hostPath.type: Unsupported value: "X": supported values: ${hostPathTypes}`,
    ],
    ['secret without name', volumes({ name: 'a', secret: {} }), 'spec.volumes[0].secret.secretName: Required value'],
    ['configMap without name', volumes({ name: 'a', configMap: {} }), 'spec.volumes[0].configMap.name: Required value'],
    [
      'mode',
      volumes({ name: 'a', configMap: { name: 'c', defaultMode: 0o1000 } }),
      'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
    ['items pass', volumes({ name: 'a', configMap: { name: 'c', items: [{ key: 'k', path: 'a/b', mode: 0o600 }] } })],
    [
      'item without key',
      volumes({ name: 'a', secret: { secretName: 's', items: [{ key: '', path: 'p' }] } }),
      'spec.volumes[0].secret.items[0].key: Required value',
    ],
    [
      'item with absolute path',
      volumes({ name: 'a', secret: { secretName: 's', items: [{ key: 'k', path: '/p' }] } }),
      'spec.volumes[0].secret.items[0].path: Invalid value: "/p": must be a relative path',
    ],
    [
      'item with reserved path',
      volumes({ name: 'a', secret: { secretName: 's', items: [{ key: 'k', path: '..data' }] } }),
      'spec.volumes[0].secret.items[0].path: Invalid value: "..data": must not start with \'..\'',
    ],
    [
      'downward API passes',
      volumes({ name: 'a', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } }),
    ],
    [
      'downward API without source',
      volumes({ name: 'a', downwardAPI: { items: [{ path: 'l' }] } }),
      'spec.volumes[0].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required',
    ],
    [
      'downward API of no container',
      volumes({ name: 'a', downwardAPI: { items: [{ path: 'l', resourceFieldRef: { resource: 'limits.cpu' } }] } }),
      'spec.volumes[0].downwardAPI.items[0].resourceFieldRef.containerName: Required value',
    ],
    [
      'projected passes',
      volumes({
        name: 'a',
        projected: { sources: [{ secret: { name: 's' } }, { configMap: { name: 'c' } }] },
      }),
    ],
    [
      'projected twice to one path',
      volumes({
        name: 'a',
        projected: {
          sources: [
            { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
            { configMap: { name: 's', items: [{ key: 'k', path: 'p' }] } },
          ],
        },
      }),
      'spec.volumes[0].projected.sources[1]: Invalid value: "p": conflicting duplicate paths',
    ],
    [
      'projected token where another file is',
      volumes({
        name: 'a',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'p' } },
            { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
          ],
        },
      }),
      'spec.volumes[0].projected.sources[1]: Invalid value: "p": conflicting duplicate paths',
    ],
    [
      'projected token passes',
      volumes({ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
    ],
    [
      'projected token of too short a life',
      volumes({ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 599 } }] } }),
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    ['mount passes', mounts({ name: 'v', mountPath: '/v' })],
    ['mount of nothing', mounts({ name: 'x', mountPath: '/v' }), `${at}.name: Not found: "x"`],
    ['mount without path', mounts({ name: 'v', mountPath: '' }), `${at}.mountPath: Required value`],
    [
      'two mounts at one path',
      mounts({ name: 'v', mountPath: '/v' }, { name: 'v', mountPath: '/v' }),
      `${app}.volumeMounts[1].mountPath: Invalid value: "/v": must be unique`,
    ],
    [
      'absolute subPath',
      mounts({ name: 'v', mountPath: '/v', subPath: '/a' }),
      `${at}.subPath: Invalid value: "/a": must be a relative path`,
    ],
    [
      'subPath upwards',
      mounts({ name: 'v', mountPath: '/v', subPath: 'a/..' }),
      `${at}.subPath: Invalid value: "a/..": must not contain '..'`,
    ],
    [
      'subPath and expression',
      mounts({ name: 'v', mountPath: '/v', subPath: 'a', subPathExpr: 'b' }),
      `${at}.subPathExpr: Invalid value: "b": subPathExpr and subPath are mutually exclusive`,
    ],
    [
      'propagation',
      mounts({ name: 'v', mountPath: '/v', mountPropagation: 'X' }),
      `${at}.mountPropagation: Unsupported value: "X": supported values: "Bidirectional", "HostToContainer", "None"`,
    ],
    [
      'propagation both ways',
      mounts({ name: 'v', mountPath: '/v', mountPropagation: 'Bidirectional' }),
      `${at}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
  ]);
});
