import { duplicate, forbidden, invalid, required } from '../../../field-errors';
import type {
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1123Label } from '../../../names';
import { tryParseQuantity } from '../../../quantity';
import { checkAnnotations, checkLabels } from '../../shared/labels';
import { checked } from '../../shared/limits';
import { checkOptionalWord } from '../../shared/values';
import { checkClaimSpec } from '../claim-spec';
import { checkFieldRef, checkResourceFieldRef, volumeFieldPaths } from './field-refs';
import { checkFileMode, checkFilePath, checkKeyToPaths, checkNoBacksteps } from './paths';
import { volumeSources } from './volume-defaults';
import { checkDriverName, checkVolumeSource } from './volume-sources';

const hostPathTypes = ['BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export function checkVolumes(volumes: Volume[] | undefined, field: string): FieldError[] {
  const names = new Set<string>();
  return (volumes ?? []).flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const errors = volume.name
      ? checked(`${at}.name`, volume.name, checkDns1123Label(volume.name))
      : [required(`${at}.name`)];
    if (names.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    names.add(volume.name);
    return [...errors, ...checkSource(volume, at)];
  });
}

function checkSource(volume: Volume, field: string): FieldError[] {
  const [first, ...more] = volumeSources(volume);
  if (first === undefined) return [required(field, 'must specify a volume type')];
  const errors = more.map((source) => forbidden(`${field}.${source}`, 'may not specify more than 1 volume type'));
  return [
    ...errors,
    ...(volume.emptyDir ? checkEmptyDir(volume.emptyDir, `${field}.emptyDir`) : []),
    ...(volume.hostPath ? checkHostPath(volume.hostPath, `${field}.hostPath`) : []),
    ...checkKeyed(volume.secret, 'secretName', `${field}.secret`),
    ...checkKeyed(volume.configMap, 'name', `${field}.configMap`),
    ...(volume.downwardAPI ? checkDownward(volume.downwardAPI.items, `${field}.downwardAPI.items`) : []),
    ...checkFileMode(`${field}.downwardAPI.defaultMode`, volume.downwardAPI?.defaultMode),
    ...(volume.projected ? checkProjections(volume.projected.sources, `${field}.projected.sources`) : []),
    ...checkFileMode(`${field}.projected.defaultMode`, volume.projected?.defaultMode),
    ...checkVolumeSource(first, volume[first as keyof Volume], `${field}.${first}`),
    ...(volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName
      ? [required(`${field}.persistentVolumeClaim.claimName`)]
      : []),
    ...(volume.ephemeral ? checkEphemeral(volume.ephemeral, `${field}.ephemeral`) : []),
    ...(volume.csi ? checkInlineCsi(volume.csi, `${field}.csi`) : []),
    ...(volume.image ? checkImageVolume(volume.image, `${field}.image`) : []),
  ];
}

/** A volume whose claim is made with the pod and goes with it. */
function checkEphemeral({ volumeClaimTemplate: template }: EphemeralVolumeSource, field: string): FieldError[] {
  const at = `${field}.volumeClaimTemplate`;
  if (!template) return [required(at)];
  return [
    ...checkLabels(template.metadata?.labels, `${at}.metadata.labels`),
    ...checkAnnotations(template.metadata?.annotations, `${at}.metadata.annotations`),
    ...checkClaimSpec(template.spec ?? {}, `${at}.spec`),
  ];
}

function checkInlineCsi({ driver, nodePublishSecretRef: secret }: CSIVolumeSource, field: string): FieldError[] {
  return [
    ...checkDriverName(driver, `${field}.driver`),
    ...(secret && !secret.name ? [required(`${field}.nodePublishSecretRef.name`)] : []),
  ];
}

function checkImageVolume({ reference, pullPolicy }: ImageVolumeSource, field: string): FieldError[] {
  return [
    ...(reference ? [] : [required(`${field}.reference`)]),
    ...checkOptionalWord(`${field}.pullPolicy`, pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ];
}

function checkEmptyDir({ sizeLimit }: EmptyDirVolumeSource, field: string): FieldError[] {
  if (sizeLimit === undefined) return [];
  const quantity = tryParseQuantity(sizeLimit);
  return quantity && quantity.nano >= 0n
    ? []
    : [forbidden(`${field}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')];
}

function checkHostPath({ path, type }: HostPathVolumeSource, field: string): FieldError[] {
  return [
    ...(path ? checkNoBacksteps(`${field}.path`, path) : [required(`${field}.path`)]),
    ...checkOptionalWord(`${field}.type`, type, hostPathTypes),
  ];
}

function checkKeyed<K extends 'name' | 'secretName'>(
  source:
    | ({ [P in K]?: string } & { items?: Array<{ key: string; path: string; mode?: number }>; defaultMode?: number })
    | undefined,
  nameField: K,
  field: string,
): FieldError[] {
  if (!source) return [];
  return [
    ...(source[nameField] ? [] : [required(`${field}.${nameField}`)]),
    ...checkFileMode(`${field}.defaultMode`, source.defaultMode),
    ...checkKeyToPaths(`${field}.items`, source.items),
  ];
}

function checkDownward(items: DownwardAPIVolumeFile[] | undefined, field: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = `${field}[${index}]`;
    return [
      ...checkFilePath(`${at}.path`, item.path),
      ...checkDownwardSource(item, at),
      ...checkFileMode(`${at}.mode`, item.mode),
    ];
  });
}

function checkDownwardSource({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, field: string): FieldError[] {
  if (fieldRef && resourceFieldRef) {
    return [invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')];
  }
  if (fieldRef) return checkFieldRef(fieldRef, volumeFieldPaths, `${field}.fieldRef`);
  if (!resourceFieldRef) return [required(field, 'one of fieldRef and resourceFieldRef is required')];
  return [
    ...(resourceFieldRef.containerName ? [] : [required(`${field}.resourceFieldRef.containerName`)]),
    ...checkResourceFieldRef(resourceFieldRef, `${field}.resourceFieldRef`),
  ];
}

function checkProjections(sources: VolumeProjection[] | undefined, field: string): FieldError[] {
  const paths = new Set<string>();
  return (sources ?? []).flatMap((source, index) => {
    const at = `${field}[${index}]`;
    const [first, ...more] = Object.entries(source).filter(([, value]) => value !== undefined);
    if (!first) return [required(at, 'must specify at least one volume source')];
    const errors = more.map(([name]) => forbidden(`${at}.${name}`, 'may not specify more than 1 volume type'));
    for (const path of projectedPaths(source)) {
      if (paths.has(path)) errors.push(invalid(at, path, 'conflicting duplicate paths'));
      paths.add(path);
    }
    return [...errors, ...checkProjection(source, at)];
  });
}

function projectedPaths({ secret, configMap, downwardAPI, serviceAccountToken }: VolumeProjection): string[] {
  const items = [secret, configMap, downwardAPI].flatMap((source) => source?.items ?? []);
  return [...items, serviceAccountToken].map((item) => item?.path).filter((path) => path !== undefined);
}

function checkProjection(source: VolumeProjection, field: string): FieldError[] {
  const unserved = (['clusterTrustBundle', 'podCertificate'] as const).filter((name) => source[name]);
  return [
    ...unserved.map((name) => forbidden(`${field}.${name}`, 'this volume type is not served')),
    ...(source.serviceAccountToken
      ? checkTokenProjection(source.serviceAccountToken, `${field}.serviceAccountToken`)
      : []),
    ...checkKeyed(source.secret, 'name', `${field}.secret`),
    ...checkKeyed(source.configMap, 'name', `${field}.configMap`),
    ...(source.downwardAPI ? checkDownward(source.downwardAPI.items, `${field}.downwardAPI.items`) : []),
  ];
}

/** Seconds that a token of a volume is good for: ten minutes to 2^32. */
const tokenSeconds = { least: 600, most: 2 ** 32 };

function checkTokenProjection({ path, expirationSeconds: seconds }: ServiceAccountTokenProjection, field: string) {
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds < tokenSeconds.least) {
    const detail = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(`${field}.expirationSeconds`, seconds, detail));
  }
  if (seconds !== undefined && seconds > tokenSeconds.most) {
    const detail = 'may not specify a duration larger than 2^32 seconds';
    errors.push(invalid(`${field}.expirationSeconds`, seconds, detail));
  }
  return [...errors, ...checkFilePath(`${field}.path`, path)];
}
