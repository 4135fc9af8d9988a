import { violations } from '../../../../runtime/apiserver/admission/plugins/pod-security/evaluate';
import type { ObjectMeta, PodSpec, SecurityContext } from '../../../../runtime/kube/generated/types';

const safe: SecurityContext = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  capabilities: { drop: ['ALL'] },
};

function pod(container: SecurityContext = {}, spec: Partial<PodSpec> = {}, metadata: ObjectMeta = {}) {
  return { metadata, spec: { containers: [{ name: 'a', securityContext: { ...safe, ...container } }], ...spec } };
}

type Case = [string, 'baseline' | 'restricted', ReturnType<typeof pod>, number, number];

/** What is refused from the first of the versions to the last, and allowed beside them. */
const cases: Case[] = [
  ['no allowPrivilegeEscalation', 'restricted', pod({ allowPrivilegeEscalation: undefined }), 8, 36],
  ['ALL not dropped', 'restricted', pod({ capabilities: undefined }), 22, 36],
  ['runAsUser 0', 'restricted', pod({ runAsUser: 0 }), 23, 36],
  ['root in a user namespace', 'restricted', pod({ runAsUser: 0 }, { hostUsers: false }), 23, 34],
  ['no runAsNonRoot in a user namespace', 'restricted', pod({ runAsNonRoot: undefined }, { hostUsers: false }), 0, 34],
  ['no seccomp profile', 'restricted', pod({ seccompProfile: undefined }), 19, 36],
  ['seccomp unconfined', 'baseline', pod({ seccompProfile: { type: 'Unconfined' } }), 19, 36],
  [
    'seccomp unconfined by annotation',
    'baseline',
    pod({}, {}, { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }),
    0,
    18,
  ],
  [
    'Windows without profiles',
    'restricted',
    pod({ seccompProfile: undefined, capabilities: undefined }, { os: { name: 'windows' } }),
    19,
    24,
  ],
  ['container_engine_t', 'baseline', pod({ seLinuxOptions: { type: 'container_engine_t' } }), 0, 30],
  ['unmasked /proc', 'baseline', pod({ procMount: 'Unmasked' }), 0, 36],
  ['unmasked /proc in a user namespace', 'baseline', pod({ procMount: 'Unmasked' }, { hostUsers: false }), 0, 34],
  ['the same, restricted', 'restricted', pod({ procMount: 'Unmasked' }, { hostUsers: false }), 0, 36],
  ...[
    ['net.ipv4.ip_local_reserved_ports', 26],
    ['net.ipv4.tcp_keepalive_time', 28],
    ['net.ipv4.tcp_rmem', 31],
    ['net.ipv4.tcp_notsent_lowat', 36],
  ].map(
    ([name, last]): Case => [
      `sysctl ${name}`,
      'baseline',
      pod({}, { securityContext: { sysctls: [{ name: String(name), value: '1' }] } }),
      0,
      Number(last),
    ],
  ),
  [
    'a probe of another host',
    'baseline',
    pod({}, { containers: [{ name: 'a', livenessProbe: { tcpSocket: { host: '10.0.0.1', port: 1 } } }] }),
    34,
    36,
  ],
  [
    'a hook to another host, in an init container',
    'baseline',
    pod({}, { initContainers: [{ name: 'i', lifecycle: { preStop: { httpGet: { host: 'meta', port: 80 } } } }] }),
    34,
    36,
  ],
];

test.each(cases)('%s (%s)', (_name, level, subject, first, last) => {
  const refused = Array.from({ length: 37 }, (_, version) => version).filter(
    (version) => violations({ level, version }, subject).length > 0,
  );
  expect(refused).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i));
});

test('latest, and what is newer than this server, is what this server knows', () => {
  const probe = cases.find(([name]) => name === 'a probe of another host')?.[2] as ReturnType<typeof pod>;
  for (const version of ['latest', 99] as const) {
    expect(violations({ level: 'baseline', version }, probe)).toHaveLength(1);
  }
  const notYet = pod({}, { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_notsent_lowat', value: '1' }] } });
  expect(violations({ level: 'baseline', version: 99 }, notYet)).toHaveLength(1);
});

test('no container is forgotten, whatever its kind', () => {
  const bad = { securityContext: { privileged: true } };
  const found = violations(
    { level: 'baseline', version: 'latest' },
    {
      metadata: {},
      spec: {
        initContainers: [{ name: 'init', ...bad }],
        containers: [{ name: 'main', ...bad }],
        ephemeralContainers: [{ name: 'debug', ...bad }],
      },
    },
  );
  expect(found).toEqual([
    {
      reason: 'privileged',
      detail: 'containers "init", "main", "debug" must not set securityContext.privileged=true',
    },
  ]);
});
