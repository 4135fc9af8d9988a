import type { Container, PodSpec } from '../../../../../runtime/kube/generated/types';
import { minimal, testCreates } from '../../fixtures';
import { app, onSpec, set } from './changes';

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
      'a source that is not served',
      volumes({ name: 'a', nfs: { server: 's', path: '/' } }),
      'spec.volumes[0].nfs: Forbidden: this volume type is not served; use one of configMap, downwardAPI, emptyDir, hostPath, projected, secret',
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
      'projected token',
      volumes({ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: this volume type is not served',
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
