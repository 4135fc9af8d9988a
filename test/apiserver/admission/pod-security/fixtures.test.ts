import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from '../../../../runtime/apiserver/admission/plugins/pod-security/evaluate';
import type { Pod } from '../../../../runtime/kube/generated/types';
import { podKind } from '../../../../runtime/kube/kinds/core/pod';

type Fixture = ['baseline' | 'restricted', 'pass' | 'fail', string, Pod];

/** Kubernetes' own pods for the levels of 1.36, and its verdicts (pod-security-admission's test data, Apache-2.0). */
const fixtures = readFileSync(join(__dirname, 'fixtures-1.36.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Fixture);

test.each(fixtures)('%s: %s %s', (level, verdict, name, pod) => {
  podKind.applyDefaults?.(pod);
  const found = violations({ level, version: 36 }, { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } });
  expect(found.length > 0).toBe(verdict === 'fail');
  // A fixture that fails is named for the one check that it violates.
  if (verdict === 'fail') expect(found.map(({ reason }) => wordOf(reason))).toContain(wordOfName(level, name));
});

/** The first letters of a reason and of a fixture's name, enough to tell one check from another. */
const words: Record<string, string> = {
  allowprivilegeescalation: 'allowPrivilegeEscalation != false',
  apparmorprofile: 'forbidden AppArmor profile',
  capabilities_baseline: 'non-default capabilities',
  capabilities_restricted: 'unrestricted capabilities',
  hostnamespaces: 'host namespaces',
  hostports: 'hostPort',
  hostprobesandhostlifecycle: 'probe or lifecycle host',
  privileged: 'privileged',
  procmount: 'procMount',
  procmount_restricted: 'procMount',
  restrictedvolumes: 'restricted volume types',
  runasnonroot: 'runAsNonRoot != true',
  runasuser: 'runAsUser=0',
  seccompprofile_baseline: 'seccompProfile',
  seccompprofile_restricted: 'seccompProfile',
  selinuxoptions: 'seLinuxOptions',
  sysctls: 'forbidden sysctls',
  windowshostprocess: 'hostProcess',
};

function wordOf(reason: string): string {
  return reason.replace(/profiles$/, 'profile');
}

/** A check of the restricted level may stand for one of the baseline's. */
function wordOfName(level: string, name: string): string | undefined {
  if (name.startsWith('hostpathvolumes')) return level === 'baseline' ? 'hostPath volumes' : 'restricted volume types';
  if (name.startsWith('capabilities_') && level === 'restricted') return 'unrestricted capabilities';
  return words[name.replace(/\d+$/, '')];
}
