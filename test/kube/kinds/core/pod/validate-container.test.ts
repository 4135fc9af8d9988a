import type { Container, PodSpec } from '../../../../../runtime/kube/generated/types';
import { minimal, testCreates } from '../../fixtures';
import { app, onApp, onSpec, set } from './changes';

describe('containers', () => {
  testCreates(minimal.pod, [
    ['no name', onApp(set<Container>({ name: '' })), `${app}.name: Required value`],
    ['no image', onApp(set<Container>({ image: '' })), `${app}.image: Required value`],
    [
      'image with a blank',
      onApp(set<Container>({ image: ' nginx' })),
      `${app}.image: Invalid value: " nginx": must not have leading or trailing whitespace`,
    ],
    [
      'pull policy',
      onApp(set<Container>({ imagePullPolicy: 'X' })),
      `${app}.imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"`,
    ],
    [
      'message policy',
      onApp(set<Container>({ terminationMessagePolicy: 'X' })),
      `${app}.terminationMessagePolicy: Unsupported value: "X": supported values: "FallbackToLogsOnError", "File"`,
    ],
    [
      'two of one name',
      onSpec((s) => s.containers.push({ name: 'app', image: 'b' })),
      'spec.containers[1].name: Duplicate value: "app"',
    ],
    ['two names pass', onSpec((s) => s.containers.push({ name: 'b', image: 'b' }))],
    [
      'an init container of the same name',
      onSpec(set<PodSpec>({ initContainers: [{ name: 'app', image: 'b' }] })),
      'spec.containers[0].name: Duplicate value: "app"',
    ],
    [
      'an init container with a probe',
      onSpec(set<PodSpec>({ initContainers: [{ name: 'i', image: 'b', livenessProbe: { tcpSocket: { port: 1 } } }] })),
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      'a sidecar with a probe passes',
      onSpec(
        set<PodSpec>({
          initContainers: [
            { name: 'i', image: 'b', restartPolicy: 'Always', livenessProbe: { tcpSocket: { port: 1 } } },
          ],
        }),
      ),
    ],
    [
      'restart policy of an init container',
      onSpec(set<PodSpec>({ initContainers: [{ name: 'i', image: 'b', restartPolicy: 'Never' }] })),
      'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'restart policy of a container',
      onApp(set<Container>({ restartPolicy: 'Always' })),
      `${app}.restartPolicy: Forbidden: may not be set for non-init containers`,
    ],
    [
      'block devices',
      onApp(set<Container>({ volumeDevices: [{ name: 'v', devicePath: '/d' }] })),
      `${app}.volumeDevices: Forbidden: block devices are not served; use volumeMounts`,
    ],
  ]);
});

describe('ports', () => {
  const ports = (...list: Container['ports'] & object) => onApp(set<Container>({ ports: list }));
  testCreates(minimal.pod, [
    ['a port passes', ports({ name: 'http', containerPort: 80 })],
    ['no number', ports({ containerPort: 0 }), `${app}.ports[0].containerPort: Required value`],
    [
      'out of range',
      ports({ containerPort: 70000 }),
      `${app}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
    ],
    [
      'host port out of range',
      ports({ containerPort: 80, hostPort: 70000 }),
      `${app}.ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
    ],
    [
      'protocol',
      ports({ containerPort: 80, protocol: 'tcp' }),
      `${app}.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"`,
    ],
    [
      'two of one name',
      ports({ name: 'a', containerPort: 80 }, { name: 'a', containerPort: 81 }),
      `${app}.ports[1].name: Duplicate value: "a"`,
    ],
    [
      'name too long',
      ports({ name: 'abcdefghijklmnop', containerPort: 80 }),
      `${app}.ports[0].name: Invalid value: "abcdefghijklmnop": must be no more than 15 characters`,
    ],
    [
      'host port twice',
      ports({ containerPort: 80, hostPort: 80 }, { containerPort: 81, hostPort: 80 }),
      `${app}.ports[1].hostPort: Duplicate value: "TCP//80"`,
    ],
    [
      'host port per protocol passes',
      ports({ containerPort: 80, hostPort: 80 }, { containerPort: 80, hostPort: 80, protocol: 'UDP' }),
    ],
    [
      'host address',
      ports({ containerPort: 80, hostIP: 'x' }),
      `${app}.ports[0].hostIP: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
    ],
    [
      'another host port on the host network',
      onSpec((s) => {
        s.hostNetwork = true;
        (s.containers[0] as Container).ports = [{ containerPort: 80, hostPort: 81 }];
      }),
      `${app}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`,
    ],
  ]);
});

describe('env', () => {
  const from = (valueFrom: NonNullable<Container['env']>[0]['valueFrom'], value?: string) =>
    onApp(set<Container>({ env: [{ name: 'A', value, valueFrom }] }));
  const at = `${app}.env[0]`;
  testCreates(minimal.pod, [
    ['a value passes', onApp(set<Container>({ env: [{ name: 'A', value: '' }] }))],
    ['no name', onApp(set<Container>({ env: [{ name: '', value: '1' }] })), `${at}.name: Required value`],
    [
      'name with =',
      onApp(set<Container>({ env: [{ name: 'a=b' }] })),
      `${at}.name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
    [
      'no source',
      from({}),
      `${at}.valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
    ],
    [
      'value and source',
      from({ fieldRef: { fieldPath: 'metadata.name' } }, 'x'),
      `${at}.valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
    ],
    [
      'two sources',
      from({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } }),
      `${at}.valueFrom: Invalid value: "": may not have more than one field specified at a time`,
    ],
    ['field', from({ fieldRef: { fieldPath: 'status.podIP' } })],
    [
      'field that is not served',
      from({ fieldRef: { fieldPath: 'spec.x' } }),
      `${at}.valueFrom.fieldRef.fieldPath: Unsupported value: "spec.x": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
    ],
    ['no field', from({ fieldRef: { fieldPath: '' } }), `${at}.valueFrom.fieldRef.fieldPath: Required value`],
    ['label', from({ fieldRef: { fieldPath: "metadata.labels['app']" } })],
    [
      'subscript of a plain field',
      from({ fieldRef: { fieldPath: "metadata.name['app']" } }),
      `${at}.valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": does not support subscript`,
    ],
    ['resource', from({ resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } })],
    [
      'resource that is not served',
      from({ resourceFieldRef: { resource: 'x' } }),
      `${at}.valueFrom.resourceFieldRef.resource: Unsupported value: "x": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
    ],
    ['a thousandth of cpu', from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '0.001' } })],
    ['a thousand of memory', from({ resourceFieldRef: { resource: 'limits.memory', divisor: '1000' } })],
    [
      'a mebibyte of storage',
      from({ resourceFieldRef: { resource: 'requests.ephemeral-storage', divisor: '1024Ki' } }),
    ],
    [
      'divisor of cpu',
      from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } }),
      `${at}.valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
    [
      'divisor of memory that has no suffix of its own',
      from({ resourceFieldRef: { resource: 'limits.memory', divisor: '1024' } }),
      `${at}.valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource`,
    ],
    [
      'divisor of storage below nothing',
      from({ resourceFieldRef: { resource: 'limits.ephemeral-storage', divisor: '-1' } }),
      `${at}.valueFrom.resourceFieldRef.divisor: Invalid value: "limits.ephemeral-storage": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource`,
    ],
    ['ConfigMap key', from({ configMapKeyRef: { name: 'c', key: 'k' } })],
    [
      'ConfigMap key without key',
      from({ configMapKeyRef: { name: 'c', key: '' } }),
      `${at}.valueFrom.configMapKeyRef.key: Required value`,
    ],
    [
      'Secret key without name',
      from({ secretKeyRef: { key: 'k' } }),
      `${at}.valueFrom.secretKeyRef.name: Required value`,
    ],
    [
      'file keys are not served',
      from({ fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } }),
      `${at}.valueFrom.fileKeyRef: Invalid value: "": this source is not served`,
    ],
    ['envFrom passes', onApp(set<Container>({ envFrom: [{ prefix: 'A_', configMapRef: { name: 'c' } }] }))],
    [
      'envFrom without source',
      onApp(set<Container>({ envFrom: [{}] })),
      `${app}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
    ],
    [
      'envFrom with two',
      onApp(set<Container>({ envFrom: [{ configMapRef: { name: 'c' }, secretRef: { name: 's' } }] })),
      `${app}.envFrom: Invalid value: "": may not have more than one field specified at a time`,
    ],
    [
      'envFrom without name',
      onApp(set<Container>({ envFrom: [{ secretRef: {} }] })),
      `${app}.envFrom[0].secretRef.name: Required value`,
    ],
  ]);
});
