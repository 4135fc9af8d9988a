import type { Container, Pod, PodSpec } from '../../../../../runtime/kube/generated/types';
import { type Case, minimal, testCreates } from '../../fixtures';
import { app, onApp, onSpec, set } from './changes';

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
      onSpec(set<PodSpec>({ priorityClassName: 'gold', preemptionPolicy: 'X' })),
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
