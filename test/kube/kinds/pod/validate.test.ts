import type { Container, Pod, PodSpec } from '../../../../runtime/kube/generated/types';
import { type Case, minimal, testCreates } from '../fixtures';

type Change<T> = (object: T) => unknown;

const onSpec = (change: Change<PodSpec>) => (pod: Pod) => void change(pod.spec as PodSpec);
const onApp = (change: Change<Container>) => onSpec((spec) => change(spec.containers[0] as Container));
const set =
  <T extends object>(values: Partial<T>) =>
  (object: T) =>
    Object.assign(object, values);

const app = 'spec.containers[0]';

function probe(values: object) {
  return onApp(set<Container>({ livenessProbe: { exec: { command: ['true'] }, ...values } }));
}

describe('spec', () => {
  const cases: Case<Pod>[] = [
    ['no containers', onSpec(set<PodSpec>({ containers: [] })), 'spec.containers: Required value'],
    [
      'restart policy',
      onSpec(set<PodSpec>({ restartPolicy: 'Sometimes' })),
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'dns policy',
      onSpec(set<PodSpec>({ dnsPolicy: 'No' })),
      'spec.dnsPolicy: Unsupported value: "No": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ],
    [
      'dns None without config',
      onSpec(set<PodSpec>({ dnsPolicy: 'None' })),
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [
      'dns None without servers',
      onSpec(set<PodSpec>({ dnsPolicy: 'None', dnsConfig: {} })),
      'spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None',
    ],
    [
      'dns None with a server passes',
      onSpec(
        set<PodSpec>({
          dnsPolicy: 'None',
          dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b.'], options: [{ name: 'ndots', value: '2' }] },
        }),
      ),
    ],
    [
      'too many servers',
      onSpec(set<PodSpec>({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } })),
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
    ],
    [
      'server that is no address',
      onSpec(set<PodSpec>({ dnsConfig: { nameservers: ['x'] } })),
      'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'dns option without name',
      onSpec(set<PodSpec>({ dnsConfig: { options: [{ value: '1' }] } })),
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
    [
      'negative grace',
      onSpec(set<PodSpec>({ terminationGracePeriodSeconds: -1 })),
      'spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'deadline of 0',
      onSpec(set<PodSpec>({ activeDeadlineSeconds: 0 })),
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
    ],
    ['deadline passes', onSpec(set<PodSpec>({ activeDeadlineSeconds: 5 }))],
    [
      'node selector',
      onSpec(set<PodSpec>({ nodeSelector: { disk: 'a b' } })),
      "spec.nodeSelector: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      'pull secret without name',
      onSpec(set<PodSpec>({ imagePullSecrets: [{}] })),
      'spec.imagePullSecrets[0].name: Required value',
    ],
    [
      'host alias',
      onSpec(set<PodSpec>({ hostAliases: [{ ip: 'x' }] })),
      'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    ['host alias passes', onSpec(set<PodSpec>({ hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }] }))],
    [
      'preemption policy',
      onSpec(set<PodSpec>({ preemptionPolicy: 'X' })),
      'spec.preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
    [
      'duplicate gate',
      onSpec(set<PodSpec>({ schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }] })),
      'spec.schedulingGates[1]: Duplicate value: "a/b"',
    ],
    [
      'shared process namespaces',
      onSpec(set<PodSpec>({ shareProcessNamespace: true, hostPID: true })),
      'spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
    ],
    [
      'runtime class is not served',
      onSpec(set<PodSpec>({ runtimeClassName: 'kata' })),
      'spec.runtimeClassName: Forbidden: this field is not served',
    ],
    [
      'windows is not served',
      onSpec(set<PodSpec>({ os: { name: 'windows' } })),
      'spec.os.name: Forbidden: only linux is served, not "windows"',
    ],
    [
      'user namespaces are not served',
      onSpec(set<PodSpec>({ hostUsers: false })),
      'spec.hostUsers: Forbidden: user namespaces are not served',
    ],
    [
      'ephemeral containers',
      onSpec(set<PodSpec>({ ephemeralContainers: [{ name: 'debug', image: 'sh' }] })),
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
    [
      'hostname',
      onSpec(set<PodSpec>({ hostname: 'A' })),
      "spec.hostname: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ];
  testCreates(minimal.pod, cases);
});

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
    [
      'divisor',
      from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } }),
      `${at}.valueFrom.resourceFieldRef.divisor: Invalid value: "2": only divisor's values 1m, 1 are supported with the cpu resource`,
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

describe('probes and hooks', () => {
  const at = `${app}.livenessProbe`;
  testCreates(minimal.pod, [
    ['exec passes', probe({})],
    [
      'no handler',
      onApp(set<Container>({ readinessProbe: {} })),
      `${app}.readinessProbe: Required value: must specify a handler type`,
    ],
    [
      'two handlers',
      probe({ tcpSocket: { port: 1 } }),
      `${at}.tcpSocket: Forbidden: may not specify more than 1 handler type`,
    ],
    ['no command', onApp(set<Container>({ livenessProbe: { exec: {} } })), `${at}.exec.command: Required value`],
    [
      'negative delay',
      probe({ initialDelaySeconds: -1 }),
      `${at}.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative timeout',
      probe({ timeoutSeconds: -1 }),
      `${at}.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative period',
      probe({ periodSeconds: -1 }),
      `${at}.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative failures',
      probe({ failureThreshold: -1 }),
      `${at}.failureThreshold: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'two successes for liveness',
      probe({ successThreshold: 2 }),
      `${at}.successThreshold: Invalid value: 2: must be 1`,
    ],
    [
      'two successes for readiness pass',
      onApp(set<Container>({ readinessProbe: { tcpSocket: { port: 'http' }, successThreshold: 2 } })),
    ],
    [
      'no grace',
      probe({ terminationGracePeriodSeconds: 0 }),
      `${at}.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
    ],
    [
      'grace of readiness',
      onApp(set<Container>({ readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 } })),
      `${app}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
    ],
    [
      'port out of range',
      onApp(set<Container>({ livenessProbe: { tcpSocket: { port: 0 } } })),
      `${at}.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
    ],
    [
      'port without a name',
      onApp(set<Container>({ livenessProbe: { tcpSocket: { port: '80' } } })),
      `${at}.tcpSocket.port: Invalid value: "80": must contain at least one letter (a-z)`,
    ],
    [
      'grpc',
      onApp(set<Container>({ livenessProbe: { grpc: { port: 80 } } })),
      `${at}.grpc: Forbidden: gRPC probes are not served; use exec, httpGet or tcpSocket`,
    ],
    [
      'http passes',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'X-A', value: 'b' }] } } })),
    ],
    [
      'http scheme',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, scheme: 'ftp' } } })),
      `${at}.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"`,
    ],
    [
      'http header',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'b' }] } } })),
      `${at}.httpGet.httpHeaders[0].name: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ],
    ['preStop sleep passes', onApp(set<Container>({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }))],
    [
      'preStop sleep beyond the grace',
      onApp(set<Container>({ lifecycle: { preStop: { sleep: { seconds: 31 } } } })),
      `${app}.lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
    [
      'postStart without handler',
      onApp(set<Container>({ lifecycle: { postStart: {} } })),
      `${app}.lifecycle.postStart: Required value: must specify a handler type`,
    ],
    [
      'stop signal',
      onApp(set<Container>({ lifecycle: { stopSignal: 'SIGINT' } })),
      `${app}.lifecycle.stopSignal: Forbidden: this field is not served`,
    ],
  ]);
});

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

describe('resources', () => {
  const resources = (values: object) => onApp(set<Container>({ resources: values }));
  const at = `${app}.resources`;
  testCreates(minimal.pod, [
    ['requests below limits pass', resources({ requests: { cpu: '100m' }, limits: { cpu: 1 } })],
    [
      'request above limit',
      resources({ requests: { cpu: 2 }, limits: { cpu: '1' } }),
      `${at}.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
    ],
    [
      'negative',
      resources({ requests: { memory: '-1Mi' } }),
      `${at}.requests[memory]: Invalid value: "-1Mi": must be greater than or equal to 0`,
    ],
    [
      'a resource nobody knows',
      resources({ requests: { gpu: 1 } }),
      `${at}.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
    ],
    ['extended resource passes', resources({ limits: { 'example.com/gpu': 1 } })],
    [
      'half an extended resource',
      resources({ limits: { 'example.com/gpu': '500m' } }),
      `${at}.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
      `${at}.requests[example.com/gpu]: Invalid value: "500m": must be an integer`,
    ],
    [
      'extended resource overcommitted',
      resources({ limits: { 'example.com/gpu': 2 }, requests: { 'example.com/gpu': 1 } }),
      `${at}.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2`,
    ],
    [
      'extended request without limit',
      resources({ requests: { 'example.com/gpu': 1 } }),
      `${at}.limits: Invalid value: "1": Limit must be set for non overcommitable resources`,
    ],
    [
      'huge pages alone',
      resources({ limits: { 'hugepages-2Mi': '2Mi' } }),
      `${at}: Forbidden: HugePages require cpu or memory`,
    ],
    ['claims', resources({ claims: [{ name: 'c' }] }), `${at}.claims: Forbidden: resource claims are not served`],
  ]);
});

describe('security contexts', () => {
  const own = (values: object) => onApp(set<Container>({ securityContext: values }));
  const podWide = (values: object) => onSpec(set<PodSpec>({ securityContext: values }));
  testCreates(minimal.pod, [
    ['user passes', own({ runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } })],
    [
      'negative user',
      own({ runAsUser: -1 }),
      `${app}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
    ],
    [
      'negative group of the pod',
      podWide({ fsGroup: -1 }),
      'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ],
    [
      'supplemental group',
      podWide({ supplementalGroups: [1, -2] }),
      'spec.securityContext.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive',
    ],
    [
      'privileged without escalation',
      own({ privileged: true, allowPrivilegeEscalation: false }),
      `${app}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
    [
      'seccomp type',
      own({ seccompProfile: { type: 'X' } }),
      `${app}.securityContext.seccompProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
    ],
    [
      'seccomp without profile',
      own({ seccompProfile: { type: 'Localhost' } }),
      `${app}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
    ],
    [
      'seccomp with a stray profile',
      own({ seccompProfile: { type: 'Unconfined', localhostProfile: 'x' } }),
      `${app}.securityContext.seccompProfile.localhostProfile: Invalid value: "x": can only be set when seccomp type is Localhost`,
    ],
    [
      'proc mount',
      own({ procMount: 'X' }),
      `${app}.securityContext.procMount: Unsupported value: "X": supported values: "Default", "Unmasked"`,
    ],
    [
      'windows',
      own({ windowsOptions: {} }),
      `${app}.securityContext.windowsOptions: Forbidden: windows containers are not served`,
    ],
    ['sysctl passes', podWide({ sysctls: [{ name: 'net.core.somaxconn', value: '1' }] })],
    [
      'sysctl twice',
      podWide({
        sysctls: [
          { name: 'net.a', value: '1' },
          { name: 'net/a', value: '1' },
        ],
      }),
      'spec.securityContext.sysctls[1].name: Duplicate value: "net.a"',
    ],
    [
      'sysctl without name',
      podWide({ sysctls: [{ name: '', value: '1' }] }),
      'spec.securityContext.sysctls[0].name: Required value',
    ],
  ]);
});

describe('scheduling', () => {
  const toleration = (values: object) => onSpec(set<PodSpec>({ tolerations: [values] }));
  const affinity = (values: PodSpec['affinity']) => onSpec(set<PodSpec>({ affinity: values }));
  const node = (term: object) =>
    affinity({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } });
  const spread = (...list: object[]) => onSpec((s) => Object.assign(s, { topologySpreadConstraints: list }));
  const hard = 'requiredDuringSchedulingIgnoredDuringExecution';
  const soft = 'preferredDuringSchedulingIgnoredDuringExecution';
  const term = `spec.affinity.nodeAffinity.${hard}.nodeSelectorTerms[0]`;
  const zone = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  testCreates(minimal.pod, [
    ['everything tolerated', toleration({ operator: 'Exists' })],
    [
      'no key',
      toleration({ value: 'x' }),
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      'value with Exists',
      toleration({ key: 'a', operator: 'Exists', value: 'x' }),
      'spec.tolerations[0].operator: Invalid value: {"key":"a","operator":"Exists","value":"x"}: value must be empty when `operator` is \'Exists\'',
    ],
    [
      'operator',
      toleration({ key: 'a', operator: 'Gt' }),
      'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"',
    ],
    [
      'effect',
      toleration({ key: 'a', effect: 'X' }),
      'spec.tolerations[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    [
      'seconds without NoExecute',
      toleration({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }),
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
    [
      'node affinity passes',
      node({
        matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }],
        matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }],
      }),
    ],
    [
      'no terms',
      affinity({ nodeAffinity: { [hard]: { nodeSelectorTerms: [] } } }),
      `spec.affinity.nodeAffinity.${hard}.nodeSelectorTerms: Required value: must have at least one node selector term`,
    ],
    [
      'In without values',
      node({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
      `${term}.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
    [
      'Exists with values',
      node({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }),
      `${term}.matchExpressions[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
    ],
    [
      'Gt with two',
      node({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1', '2'] }] }),
      `${term}.matchExpressions[0].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
    ],
    [
      'operator of an expression',
      node({ matchExpressions: [{ key: 'a', operator: 'X' }] }),
      `${term}.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator`,
    ],
    [
      'field',
      node({ matchFields: [{ key: 'spec.x', operator: 'In', values: ['a'] }] }),
      `${term}.matchFields[0].key: Invalid value: "spec.x": not a valid field selector key`,
    ],
    [
      'weight',
      affinity({ nodeAffinity: { [soft]: [{ weight: 101, preference: {} }] } }),
      `spec.affinity.nodeAffinity.${soft}[0].weight: Invalid value: 101: must be in the range 1-100`,
    ],
    [
      'pod affinity passes',
      affinity({
        podAntiAffinity: {
          [soft]: [
            {
              weight: 1,
              podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } },
            },
          ],
        },
      }),
    ],
    [
      'no topology',
      affinity({ podAffinity: { [hard]: [{ topologyKey: '' }] } }),
      `spec.affinity.podAffinity.${hard}[0].topologyKey: Required value: can not be empty`,
    ],
    ['spread passes', spread(zone, { ...zone, whenUnsatisfiable: 'ScheduleAnyway' })],
    [
      'spread twice',
      spread(zone, zone),
      'spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
    ],
    [
      'no skew',
      spread({ ...zone, maxSkew: 0 }),
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
    ],
    [
      'spread over nothing',
      spread({ ...zone, topologyKey: '' }),
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
    ],
    [
      'domains of a soft constraint',
      spread({ ...zone, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }),
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ],
    [
      'selector of a constraint',
      spread({ ...zone, labelSelector: { matchExpressions: [{ key: 'a', operator: 'X' }] } }),
      'spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
    ],
  ]);
});
