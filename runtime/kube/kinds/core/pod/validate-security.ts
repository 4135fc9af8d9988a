import { duplicate, forbidden, invalid, required } from '../../../field-errors';
import type { PodSecurityContext, SeccompProfile, SecurityContext, Sysctl } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkRange, maxInt32 } from '../../shared/limits';
import { checkOptionalWord, checkWord } from '../../shared/values';

const sysctlName = /^(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/;

export function checkPodSecurity(context: PodSecurityContext | undefined, field: string): FieldError[] {
  if (!context) return [];
  return [
    ...checkRange(`${field}.fsGroup`, context.fsGroup, 0, maxInt32),
    ...checkRange(`${field}.runAsUser`, context.runAsUser, 0, maxInt32),
    ...checkRange(`${field}.runAsGroup`, context.runAsGroup, 0, maxInt32),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      checkRange(`${field}.supplementalGroups[${index}]`, group, 0, maxInt32),
    ),
    ...checkOptionalWord(`${field}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...checkOptionalWord(`${field}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...checkSysctls(context.sysctls, `${field}.sysctls`),
    ...checkShared(context, field),
  ];
}

export function checkContainerSecurity(context: SecurityContext | undefined, field: string): FieldError[] {
  if (!context) return [];
  const errors = [
    ...checkRange(`${field}.runAsUser`, context.runAsUser, 0, maxInt32),
    ...checkRange(`${field}.runAsGroup`, context.runAsGroup, 0, maxInt32),
    ...checkOptionalWord(`${field}.procMount`, context.procMount, ['Default', 'Unmasked']),
    ...checkShared(context, field),
  ];
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) {
      errors.push(invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    }
    // The prefix is not part of the name in Kubernetes, but both ways of writing it are seen.
    if (context.capabilities?.add?.some((name) => name === 'SYS_ADMIN' || name === 'CAP_SYS_ADMIN')) {
      errors.push(
        invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
      );
    }
  }
  return errors;
}

function checkShared(context: PodSecurityContext | SecurityContext, field: string): FieldError[] {
  const windows = 'windows containers are not served';
  return [
    ...checkProfile(context.seccompProfile, `${field}.seccompProfile`, 'seccomp'),
    ...checkProfile(context.appArmorProfile, `${field}.appArmorProfile`, 'AppArmor'),
    ...(context.windowsOptions ? [forbidden(`${field}.windowsOptions`, windows)] : []),
  ];
}

function checkProfile(profile: SeccompProfile | undefined, field: string, what: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const errors = checkWord(`${field}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']);
  const at = `${field}.localhostProfile`;
  if (type === 'Localhost' && !localhostProfile) {
    errors.push(required(at, `must be set when ${what} type is Localhost`));
  } else if (type !== 'Localhost' && localhostProfile !== undefined) {
    errors.push(invalid(at, localhostProfile, `can only be set when ${what} type is Localhost`));
  }
  return errors;
}

function checkSysctls(sysctls: Sysctl[] | undefined, field: string): FieldError[] {
  const names = new Set<string>();
  return (sysctls ?? []).flatMap(({ name }, index) => {
    const at = `${field}[${index}].name`;
    if (!name) return [required(at)];
    // Both separators are understood; the one with dots is what is compared.
    const plain = name.replaceAll('/', '.');
    if (names.has(plain)) return [duplicate(at, plain)];
    names.add(plain);
    if (name.length <= 253 && sysctlName.test(name)) return [];
    return [invalid(at, name, `must have at most 253 characters and match regex ${sysctlName.source}`)];
  });
}
