import { duplicate, forbidden, notFound, required } from '../../../field-errors';
import type { EphemeralContainer, Pod, PodSpec } from '../../../generated/types';
import type { FieldError, WritePath } from '../../../kind';
import { checkDns1123Label } from '../../../names';
import { equalJson } from '../../../schema-engine';
import { annotations } from '../../../well-known';
import { checked } from '../../shared/limits';
import { checkObjectMetaUpdate } from '../../shared/object-meta';
import { checkWord } from '../../shared/values';
import { bumpGeneration } from './strategy';
import { checkImage, checkMounts } from './validate-container';
import { checkEnv, checkEnvFrom } from './validate-env';
import { checkContainerSecurity } from './validate-security';

/** `pods/ephemeralcontainers`: adds containers for debugging to a pod that is there, and changes nothing else of it. */
export const ephemeralContainersPath: WritePath<Pod> = {
  prepareForUpdate(pod, old) {
    const { ephemeralContainers } = pod.spec ?? {};
    const { resourceVersion, managedFields } = pod.metadata;
    pod.metadata = { ...structuredClone(old.metadata), resourceVersion, managedFields };
    pod.spec = { ...(old.spec ?? { containers: [] }), ephemeralContainers };
    pod.status = old.status;
    bumpGeneration(pod, old);
  },
  validateUpdate(pod, old) {
    const field = 'spec.ephemeralContainers';
    const spec = pod.spec ?? { containers: [] };
    const errors = [
      ...checkObjectMetaUpdate(pod.metadata, old.metadata),
      ...checkEphemeralContainers(spec, field),
      ...checkKept(spec.ephemeralContainers ?? [], old.spec?.ephemeralContainers ?? [], field),
    ];
    if (old.metadata.annotations?.[annotations.mirrorPod] !== undefined) {
      errors.push(forbidden('', 'static pods do not support ephemeral containers'));
    }
    return errors;
  },
  warnings: ({ spec }) =>
    spec?.ephemeralContainers?.length ? ['spec.ephemeralContainers: nodes do not start ephemeral containers'] : [],
};

/** The rules of a pod's own path: its ephemeral containers come later, and by their own path only. */
export function checkEphemeralOfPod({ spec }: Pod, old: Pod | undefined): FieldError[] {
  if (old || !spec?.ephemeralContainers?.length) return [];
  return [forbidden('spec.ephemeralContainers', 'cannot be set on create')];
}

/** What a container for debugging has none of: it serves nothing and is never started again. */
const never = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const;

function checkEphemeralContainers(spec: PodSpec, field: string): FieldError[] {
  const names = new Set([...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ name }) => name));
  const targets = new Set((spec.containers ?? []).map(({ name }) => name));
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const errors = checkEphemeral(container, spec, at);
    const { name = '' } = container;
    if (name && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const { targetContainerName: target } = container;
    if (target && !targets.has(target)) errors.push(notFound(`${at}.targetContainerName`, target));
    return errors;
  });
}

function checkEphemeral(container: EphemeralContainer, spec: PodSpec, field: string): FieldError[] {
  const unfit = 'cannot be set for an Ephemeral Container';
  const given = never.filter((key) => container[key] !== undefined && Object.keys(container[key] as object).length > 0);
  return [
    ...(container.name
      ? checked(`${field}.name`, container.name, checkDns1123Label(container.name))
      : [required(`${field}.name`)]),
    ...checkImage(container.image, `${field}.image`),
    ...checkWord(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...checkWord(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...checkEnv(container.env, `${field}.env`),
    ...checkEnvFrom(container.envFrom, `${field}.envFrom`),
    ...checkMounts(container, spec, `${field}.volumeMounts`),
    ...checkContainerSecurity(container.securityContext, `${field}.securityContext`),
    ...given.map((key) => forbidden(`${field}.${key}`, unfit)),
    ...(container.volumeMounts ?? []).flatMap((mount, index) =>
      (['subPath', 'subPathExpr'] as const)
        .filter((key) => mount[key])
        .map((key) => forbidden(`${field}.volumeMounts[${index}].${key}`, unfit)),
    ),
  ];
}

/** Those that are there stay, as they are. */
function checkKept(now: EphemeralContainer[], before: EphemeralContainer[], field: string): FieldError[] {
  const byName = new Map(now.map((container) => [container.name, container]));
  return before.flatMap((old) => {
    const present = byName.get(old.name);
    const which = `existing ephemeral containers ${JSON.stringify(old.name)} may not be`;
    if (!present) return [forbidden(field, `${which} removed\n`)];
    return equalJson(present, old) ? [] : [forbidden(field, `${which} changed\n`)];
  });
}
