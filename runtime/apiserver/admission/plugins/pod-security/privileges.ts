import type { AnyContainer } from '../../../../kube/pod-containers';
import { visitContainers } from '../../../../kube/pod-containers';
import {
  type Check,
  containersText,
  hasUserNamespace,
  isWindows,
  namesOf,
  type PodLike,
  quoted,
  settersText,
  sorted,
  type Violation,
} from './check';

const baselineCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const restrictedCapabilities = new Set(['NET_BIND_SERVICE']);

/** Checks of what the processes of a pod may do: capabilities, users, escalation. */
export const privilegeChecks: Check[] = [
  {
    id: 'privileged',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check(pod) {
          const names = namesOf(pod, ({ securityContext }) => securityContext?.privileged === true);
          if (names.length === 0) return undefined;
          return {
            reason: 'privileged',
            detail: `${containersText(names)} must not set securityContext.privileged=true`,
          };
        },
      },
    ],
  },
  {
    id: 'capabilities_baseline',
    level: 'baseline',
    versions: [
      {
        since: 0,
        check(pod) {
          const detail = forbiddenCapabilities(pod, baselineCapabilities);
          return detail ? { reason: 'non-default capabilities', detail } : undefined;
        },
      },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { since: 22, replaces: ['capabilities_baseline'], check: capabilities },
      {
        since: 25,
        replaces: ['capabilities_baseline'],
        check: (pod) => (isWindows(pod) ? undefined : capabilities(pod)),
      },
    ],
  },
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, check: escalation },
      { since: 25, check: (pod) => (isWindows(pod) ? undefined : escalation(pod)) },
    ],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, check: runAsNonRoot },
      { since: 35, check: (pod) => (hasUserNamespace(pod) ? undefined : runAsNonRoot(pod)) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, check: runAsUser },
      { since: 35, check: (pod) => (hasUserNamespace(pod) ? undefined : runAsUser(pod)) },
    ],
  },
];

function added(container: AnyContainer): string[] {
  return container.securityContext?.capabilities?.add ?? [];
}

/** Who adds capabilities beyond `allowed`, and which. */
function forbiddenCapabilities(pod: PodLike, allowed: ReadonlySet<string>): string | undefined {
  const beyond = (container: AnyContainer) => added(container).filter((name) => !allowed.has(name));
  const names = namesOf(pod, (container) => beyond(container).length > 0);
  if (names.length === 0) return undefined;
  const capabilities = sorted([...visitContainers(pod.spec)].flatMap(({ container }) => beyond(container)));
  return `${containersText(names)} must not include ${quoted(capabilities)} in securityContext.capabilities.add`;
}

function capabilities(pod: PodLike): Violation | undefined {
  const keeping = namesOf(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const adding = forbiddenCapabilities(pod, restrictedCapabilities);
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding ? [adding] : []),
  ];
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
}

function escalation(pod: PodLike): Violation | undefined {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function runAsNonRoot(pod: PodLike): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const refusing = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const setters = settersText(ofPod === false, refusing);
  if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  if (ofPod) return undefined;
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: PodLike): Violation | undefined {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const setters = settersText(pod.spec.securityContext?.runAsUser === 0, names);
  return setters ? { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` } : undefined;
}
