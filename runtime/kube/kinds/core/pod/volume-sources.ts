import { invalid, notSupported, required, tooLong } from '../../../field-errors';
import type { FieldError } from '../../../kind';
import { checkDns1123Subdomain } from '../../../names';
import { checked } from '../../shared/limits';
import { checkOptionalWord } from '../../shared/values';
import { checkNoBacksteps, checkRelativePath } from './paths';

type Source = Record<string, unknown>;
type Rule = (source: Source, field: string) => FieldError[];

/** Storage that is somewhere else than in the pod: the same rules in a pod's volume and in a PersistentVolume. */
const rules: Readonly<Record<string, Rule>> = {
  awsElasticBlockStore: all(need('volumeID'), partition),
  azureDisk: all(need('diskName', 'diskURI'), word('cachingMode', 'None', 'ReadOnly', 'ReadWrite'), azureDiskKind),
  azureFile: need('secretName', 'shareName'),
  cephfs: need('monitors'),
  cinder: need('volumeID'),
  fc: fibreChannel,
  flexVolume: need('driver'),
  flocker: flocker,
  gcePersistentDisk: all(need('pdName'), partition),
  gitRepo: all(need('repository'), (source, field) => checkRelativePath(`${field}.directory`, text(source.directory))),
  glusterfs: need('endpoints', 'path'),
  iscsi: iscsi,
  local: all(need('path'), (source, field) => checkNoBacksteps(`${field}.path`, text(source.path))),
  nfs: all(need('server', 'path'), (source, field) =>
    source.path && !text(source.path).startsWith('/')
      ? [invalid(`${field}.path`, source.path, 'must be an absolute path')]
      : [],
  ),
  photonPersistentDisk: need('pdID'),
  portworxVolume: need('volumeID'),
  quobyte: quobyte,
  rbd: need('monitors', 'image'),
  scaleIO: need('gateway', 'system', 'volumeName'),
  storageos: () => [],
  vsphereVolume: need('volumePath'),
};

/** The sources of `rules`: storage that a node attaches or mounts from somewhere. */
export const remoteVolumeSources: readonly string[] = Object.keys(rules);

export function checkVolumeSource(name: string, source: unknown, field: string): FieldError[] {
  return rules[name]?.((source ?? {}) as Source, field) ?? [];
}

/** The name of a CSI driver, as its CSIDriver object is named. */
export function checkDriverName(driver: string | undefined, field: string): FieldError[] {
  if (!driver) return [required(field)];
  if (driver.length > 63) return [tooLong(field, 63)];
  return checked(field, driver, checkDns1123Subdomain(driver.toLowerCase()));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : !value;
}

function all(...list: Rule[]): Rule {
  return (source, field) => list.flatMap((rule) => rule(source, field));
}

function need(...keys: string[]): Rule {
  return (source, field) => keys.filter((key) => isEmpty(source[key])).map((key) => required(`${field}.${key}`));
}

function word(key: string, ...words: string[]): Rule {
  return (source, field) => checkOptionalWord(`${field}.${key}`, text(source[key]), words);
}

function partition({ partition: number }: Source, field: string): FieldError[] {
  return checkByte(number, `${field}.partition`);
}

function checkByte(value: unknown, field: string): FieldError[] {
  if (typeof value !== 'number' || (value >= 0 && value <= 255)) return [];
  return [invalid(field, value, 'must be between 0 and 255, inclusive')];
}

function azureDiskKind({ kind, diskURI }: Source, field: string): FieldError[] {
  const kinds = ['Dedicated', 'Managed', 'Shared'];
  if (kind && !kinds.includes(text(kind))) return [notSupported(`${field}.kind`, kind, kinds)];
  const managed = kind === 'Managed';
  const uri = text(diskURI);
  if (!uri || uri.startsWith(managed ? '/subscriptions' : 'https://')) return [];
  const form = managed
    ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
    : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  return [notSupported(`${field}.diskURI`, diskURI, [form])];
}

function fibreChannel({ targetWWNs, wwids, lun }: Source, field: string): FieldError[] {
  const ports = !isEmpty(targetWWNs);
  const ids = !isEmpty(wwids);
  if (!ports && !ids) return [required(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both')];
  if (ports && ids)
    return [invalid(`${field}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')];
  if (ids) return [];
  return lun === undefined
    ? [required(`${field}.lun`, 'lun is required if targetWWNs is specified')]
    : checkByte(lun, `${field}.lun`);
}

function flocker({ datasetName, datasetUUID }: Source, field: string): FieldError[] {
  if (!datasetName && !datasetUUID) return [required(field, 'one of datasetName and datasetUUID is required')];
  if (datasetName && datasetUUID) {
    return [invalid(field, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')];
  }
  return text(datasetName).includes('/') ? [invalid(`${field}.datasetName`, datasetName, "must not contain '/'")] : [];
}

const iqnForm = /^iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$|^eui\.[A-Za-z0-9]{16}$|^naa\.[A-Za-z0-9]{32}$/;

function iscsi(source: Source, field: string): FieldError[] {
  const errors = need('targetPortal', 'iqn')(source, field);
  for (const key of ['iqn', 'initiatorName']) {
    if (source[key] && !iqnForm.test(text(source[key]))) {
      errors.push(invalid(`${field}.${key}`, source[key], 'must be valid format'));
    }
  }
  errors.push(...checkByte(source.lun, `${field}.lun`));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.push(required(`${field}.secretRef`));
  }
  return errors;
}

function quobyte({ registry, volume, tenant }: Source, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!registry) {
    const detail = 'must be a host:port pair or multiple pairs separated by commas';
    errors.push(required(`${field}.registry`, detail));
  } else {
    for (const pair of text(registry).split(',')) {
      if (!/^[^:]+:\d+$/.test(pair) && !/^\[[^\]]+\]:\d+$/.test(pair)) {
        const detail = 'must be a host:port pair or multiple pairs separated by commas';
        errors.push(invalid(`${field}.registry`, pair, detail));
      }
    }
  }
  if (text(tenant).length >= 65)
    errors.push(required(`${field}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  if (!volume) errors.push(required(`${field}.volume`));
  return errors;
}
