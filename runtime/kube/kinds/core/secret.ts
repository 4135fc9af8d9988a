import { invalid, required } from '../../field-errors';
import type { Secret } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { secrets } from '../../resource';
import { annotations, secretTypes } from '../../well-known';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkDataKeys, checkDataSize, checkImmutableData, decodedSize } from './data-limits';

/** Stands in messages where a value would give a secret away. */
export const redacted = '<secret contents redacted>';

export const secretKind: Kind<Secret> = {
  resource: secrets,
  singular: 'secret',
  shortNames: [],
  categories: [],
  schema: builtInSchema(secrets),
  subresources: {},
  applyDefaults(secret) {
    // `stringData` is for writing only: it is laid over `data` and never stored.
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: Buffer.from(value, 'utf8').toString('base64') };
    }
    delete secret.stringData;
    defaultEmpty(secret, 'type', secretTypes.opaque);
  },
  prepareForUpdate(secret, old) {
    // The type never changes, so an update may leave it out.
    if (!secret.type) secret.type = old.type;
  },
  validate: (secret) => [
    ...checkObjectMeta(secret.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkDataKeys(secret.data, 'data'),
    ...checkDataSize('data', Object.values(secret.data ?? {}).map(decodedSize)),
    ...checkType(secret),
  ],
  validateUpdate: (secret, old) => [
    ...checkObjectMetaUpdate(secret.metadata, old.metadata),
    ...checkImmutable('type', secret.type, old.type),
    ...checkImmutableData(secret, old, ['data']),
  ],
  columns: [
    nameColumn(),
    textColumn('Type', 'What the secret holds.', ({ type }) => type ?? ''),
    integerColumn('Data', 'Keys in the secret.', ({ data }) => Object.keys(data ?? {}).length),
    ageColumn(),
  ],
  selectableFields: { type: ({ type }) => type ?? '' },
};

/** What the type of a secret demands of its keys. */
function checkType({ type, data = {}, metadata }: Secret): FieldError[] {
  const need = (...keys: string[]) => keys.filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
  switch (type) {
    case secretTypes.serviceAccountToken: {
      const name = annotations.serviceAccountName;
      return metadata.annotations?.[name] ? [] : [required(`metadata.annotations[${name}]`)];
    }
    case secretTypes.dockercfg:
      return checkJson(data, '.dockercfg');
    case secretTypes.dockerConfigJson:
      return checkJson(data, '.dockerconfigjson');
    case secretTypes.basicAuth:
      return 'username' in data || 'password' in data ? [] : need('username', 'password');
    case secretTypes.sshAuth:
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case secretTypes.tls:
      return need('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function checkJson(data: Record<string, string>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [required(`data[${key}]`)];
  try {
    JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
    return [];
  } catch {
    return [invalid(`data[${key}]`, redacted, 'must be valid JSON')];
  }
}
