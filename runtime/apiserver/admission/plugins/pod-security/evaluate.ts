import type { Check, PodLike, Violation } from './check';
import { confinementChecks } from './confinement';
import { hostChecks } from './host';
import type { LevelVersion } from './policy';
import { privilegeChecks } from './privileges';
import { sysctlCheck } from './sysctls';
import { volumeChecks } from './volumes';

/** What `latest` means, and any version above it: that of the API which this server speaks. */
const latest = 36;

const checks: readonly Check[] = inOrder([
  ...hostChecks,
  ...privilegeChecks,
  ...confinementChecks,
  ...volumeChecks,
  sysctlCheck,
]);

/** The baseline's checks, then the restricted ones, each by name: the order in which violations are told of. */
function inOrder(all: Check[]): Check[] {
  const rank = (check: Check) => `${check.level === 'baseline' ? 0 : 1}${check.id}`;
  return all.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** How a pod violates a level of the Pod Security Standards, as that level was defined in a version of Kubernetes. */
export function violations({ level, version }: LevelVersion, pod: PodLike): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? latest : Math.min(version, latest);
  const forms = checks
    .filter((check) => level === 'restricted' || check.level === 'baseline')
    .flatMap(({ id, versions }) => {
      const form = versions.findLast(({ since }) => since <= minor);
      return form ? [{ id, ...form }] : [];
    });
  const replaced = new Set(forms.flatMap(({ replaces = [] }) => replaces));
  return forms.filter(({ id }) => !replaced.has(id)).flatMap(({ check }) => check(pod) ?? []);
}

/** `host namespaces (hostPID=true), privileged (container "a" must not …)` */
export function violationsText(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
