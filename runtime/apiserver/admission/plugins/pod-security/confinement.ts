import type { PodSecurityContext, SELinuxOptions, SecurityContext } from '../../../../kube/generated/types';
import { visitContainers } from '../../../../kube/pod-containers';
import {
  type Check,
  containersText,
  hasUserNamespace,
  isWindows,
  namesOf,
  type PodLike,
  plural,
  quoted,
  settersText,
  sorted,
  type Violation,
} from './check';

type Context = PodSecurityContext | SecurityContext | undefined;

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const profileTypes = ['RuntimeDefault', 'Localhost'];
const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** Checks of the profiles that confine a pod: AppArmor, seccomp, SELinux, the masks of /proc. */
export const confinementChecks: Check[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: [{ since: 0, check: appArmor }] },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompSet },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { since: 19, replaces: ['seccompProfile_baseline'], check: seccompRequired },
      {
        since: 25,
        replaces: ['seccompProfile_baseline'],
        check: (pod) => (isWindows(pod) ? undefined : seccompRequired(pod)),
      },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { since: 0, check: (pod) => seLinux(pod, seLinuxTypes) },
      { since: 31, check: (pod) => seLinux(pod, [...seLinuxTypes, 'container_engine_t']) },
    ],
  },
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { since: 0, check: procMount },
      { since: 35, check: (pod) => (hasUserNamespace(pod) ? undefined : procMount(pod)) },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    versions: [{ since: 35, replaces: ['procMount'], check: procMount }],
  },
];

/** What the pod and its containers set of one kind of profile: those that may not be, and who sets them. */
function badProfiles(pod: PodLike, typeOf: (context: Context) => string | undefined) {
  const bad = (context: Context) => {
    const type = typeOf(context);
    return type !== undefined && !profileTypes.includes(type);
  };
  const containers = namesOf(pod, ({ securityContext }) => bad(securityContext));
  const contexts = [
    pod.spec.securityContext,
    ...[...visitContainers(pod.spec)].map(({ container }) => container.securityContext),
  ];
  const values = sorted(contexts.filter(bad).map((context) => typeOf(context) ?? ''));
  return { setters: settersText(bad(pod.spec.securityContext), containers), values };
}

function appArmor(pod: PodLike): Violation | undefined {
  const { setters, values } = badProfiles(pod, (context) => typeIn(context?.appArmorProfile));
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !isAppArmorAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  if (!setters && annotations.length === 0) return undefined;
  const all = [...values, ...annotations];
  const who = [
    ...(setters ? [setters] : []),
    ...(annotations.length ? [plural(annotations.length, 'annotation')] : []),
  ];
  return {
    reason: plural(all.length, 'forbidden AppArmor profile'),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
  };
}

function isAppArmorAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

/** The type of a profile that is given; one without a type has the empty one. */
function typeIn(profile: { type?: string } | undefined): string | undefined {
  return profile && (profile.type ?? '');
}

function seccompAnnotations({ metadata, spec }: PodLike): Violation | undefined {
  const keys = [seccompPod, ...[...visitContainers(spec)].map(({ container }) => `${seccompPrefix}${container.name}`)];
  const bad = keys.flatMap((key) => {
    const value = metadata.annotations?.[key];
    const allowed = ['runtime/default', 'docker/default'];
    if (value === undefined || allowed.includes(value) || value.startsWith('localhost/')) return [];
    return [`${key}=${JSON.stringify(value)}`];
  });
  if (bad.length === 0) return undefined;
  const forbidden = sorted(bad);
  const detail = `forbidden ${plural(forbidden.length, 'annotation')} ${forbidden.join(', ')}`;
  return { reason: 'seccompProfile', detail };
}

function seccompSet(pod: PodLike): Violation | undefined {
  const { setters, values } = badProfiles(pod, (context) => typeIn(context?.seccompProfile));
  if (!setters) return undefined;
  const detail = `${setters} must not set securityContext.seccompProfile.type to ${quoted(values)}`;
  return { reason: 'seccompProfile', detail };
}

function seccompRequired(pod: PodLike): Violation | undefined {
  const bad = seccompSet(pod);
  if (bad || pod.spec.securityContext?.seccompProfile) return bad;
  const silent = namesOf(pod, ({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
}

function seLinux(pod: PodLike, types: readonly string[]): Violation | undefined {
  const typeBad = (options: SELinuxOptions | undefined) => options !== undefined && !types.includes(options.type ?? '');
  const bad = (options: SELinuxOptions | undefined) => typeBad(options) || Boolean(options?.user || options?.role);
  const containers = namesOf(pod, ({ securityContext }) => bad(securityContext?.seLinuxOptions));
  const setters = settersText(bad(pod.spec.securityContext?.seLinuxOptions), containers);
  if (!setters) return undefined;
  const all = [
    pod.spec.securityContext?.seLinuxOptions,
    ...[...visitContainers(pod.spec)].map(({ container }) => container.securityContext?.seLinuxOptions),
  ];
  const badTypes = sorted(all.filter(typeBad).map((options) => options?.type ?? ''));
  const data = [
    ...(badTypes.length > 0 ? [`${plural(badTypes.length, 'type')} ${quoted(badTypes)}`] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
  };
}

function procMount(pod: PodLike): Violation | undefined {
  const mountOf = (context: SecurityContext | undefined) =>
    context?.procMount !== undefined && context.procMount !== 'Default' ? [context.procMount] : [];
  const names = namesOf(pod, ({ securityContext }) => mountOf(securityContext).length > 0);
  if (names.length === 0) return undefined;
  const values = sorted([...visitContainers(pod.spec)].flatMap(({ container }) => mountOf(container.securityContext)));
  const detail = `${containersText(names)} must not set securityContext.procMount to ${quoted(values)}`;
  return { reason: 'procMount', detail };
}
