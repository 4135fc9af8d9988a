import { type HostFacts, parseFacts } from '../../runtime/provision/host-facts';
import { preflight } from '../../runtime/provision/preflight';

const fine = parseFacts(
  [
    'machine=x86_64',
    'kernel=Linux',
    'os=debian 12',
    'uid=0',
    'systemd=yes',
    'cgroup2=yes',
    'docker=installed',
    'socket=yes',
    'engine=28.2.2',
    'disk=1000000 /var',
    'current=abc',
    'version=abc',
    'blob=b1',
    'blob=b2',
    'config=hash agent.json',
  ].join('\n'),
);

it('reads what the probe says', () => {
  expect(fine).toMatchObject({
    arch: 'x64',
    os: 'debian 12',
    systemd: true,
    cgroupVersion: 2,
    docker: { installed: true, running: true, version: '28.2.2' },
    disk: { path: '/var', availableBytes: 1_024_000_000 },
    currentVersion: 'abc',
    versions: ['abc'],
    blobs: ['b1', 'b2'],
    configs: { 'agent.json': 'hash' },
    agentHasCertificate: false,
  });
});

it('has nothing against a host that is fit', () => {
  expect(preflight(fine, 'root@h:22', 100_000_000)).toBeUndefined();
});

it('leaves missing programs to apt where there is one, and does without those that are no need', () => {
  const bare = parseFacts('machine=x86_64\nkernel=Linux\nuid=0\nmissing=nft\npackages=apt\nsocket=yes\ndisk=1000000 /');
  expect(bare).toMatchObject({ missingTools: ['nft'], packageManager: 'apt' });
  expect(preflight(bare, 'root@h:22', 0)).toBeUndefined();
  expect(preflight({ ...fine, missingTools: ['conntrack'] }, 'root@h:22', 0)).toBeUndefined();
});

it.each<[string, Partial<HostFacts>, string, RegExp]>([
  ['another system', { kernel: 'Darwin' }, 'unsupported-host', /Darwin; nodes must run Linux/],
  [
    'another architecture',
    { arch: undefined, machine: 'riscv64' },
    'unsupported-host',
    /riscv64 machine.*x86_64 or aarch64/,
  ],
  ['musl', { musl: true }, 'unsupported-host', /musl.*glibc/],
  ['a plain user', { uid: 1000 }, 'not-root', /sudo without a password/],
  [
    'missing tools',
    { missingTools: ['flock'] },
    'missing-tools',
    /lacks the programs flock\. Install them.*util-linux/,
  ],
  [
    'no Docker',
    { docker: { installed: false, running: false } },
    'no-docker',
    /no Docker Engine.*apt-get install docker\.io/,
  ],
  ['Docker that is down', { docker: { installed: true, running: false } }, 'no-docker', /systemctl start docker/],
  [
    'a full disk',
    { disk: { path: '/var', availableBytes: 5 } },
    'disk-full',
    /\/var has 5 bytes available, \d+ are needed/,
  ],
])('says what is wrong and what to do: %s', (_name, change, code, words) => {
  const error = preflight({ ...fine, ...change }, 'root@h:22', 100);
  expect(error).toMatchObject({ code });
  expect(error?.message).toMatch(words);
  expect(error?.message).toContain('root@h:22');
});
