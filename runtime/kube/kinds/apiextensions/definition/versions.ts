import { parseJsonPath } from '../../../custom/json-path';
import { invalid, notSupported, required } from '../../../field-errors';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1035Label } from '../../../names';
import { checkRootSchema } from './schema';
import { checkSelectableFields } from './selectable-fields';
import { isSimplePath } from './simple-path';

export function checkVersions(versions: readonly CustomResourceDefinitionVersion[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = versions.map(({ name }) => name);
  if (new Set(names).size !== names.length) errors.push(invalid(field, names, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalid(field, names, 'must have exactly one version marked as storage version'));
  }
  errors.push(...versions.flatMap((version, index) => checkVersion(version, `${field}[${index}]`)));
  return errors;
}

function checkVersion(version: CustomResourceDefinitionVersion, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, deprecated, deprecationWarning, schema, subresources } = version;
  if (!name) errors.push(required(`${field}.name`));
  else errors.push(...checkDns1035Label(name).map((problem) => invalid(`${field}.name`, name, problem)));
  if (deprecationWarning !== undefined)
    errors.push(...checkDeprecation(`${field}.deprecationWarning`, deprecationWarning, deprecated));
  const at = `${field}.schema.openAPIV3Schema`;
  if (schema?.openAPIV3Schema) errors.push(...checkRootSchema(schema.openAPIV3Schema, at));
  else errors.push(required(at, 'schemas are required'));
  if (subresources?.scale) errors.push(...checkScale(subresources.scale, `${field}.subresources.scale`));
  (version.additionalPrinterColumns ?? []).forEach((column, index) => {
    errors.push(...checkColumn(column, `${field}.additionalPrinterColumns[${index}]`));
  });
  return [...errors, ...checkSelectableFields(version, `${field}.selectableFields`)];
}

function checkDeprecation(field: string, text: string, deprecated: boolean | undefined): FieldError[] {
  const why = !deprecated
    ? 'can only be set for deprecated versions'
    : text === ''
      ? 'must not be an empty string'
      : text.length > 256
        ? 'must be <= 256 characters long'
        : /[\p{Cc}]/u.test(text)
          ? 'must only contain printable UTF-8 characters; non-printable character found'
          : undefined;
  return why === undefined ? [] : [invalid(field, text, why)];
}

function checkScale(scale: Partial<CustomResourceSubresourceScale>, field: string): FieldError[] {
  const check = (name: keyof CustomResourceSubresourceScale, roots: readonly string[]): FieldError[] => {
    const path = scale[name];
    if (!path) return name === 'labelSelectorPath' ? [] : [required(`${field}.${name}`)];
    if (!isSimplePath(path)) return [invalid(`${field}.${name}`, path, 'must be a simple json path of field names')];
    if (roots.some((root) => path.startsWith(`${root}.`))) return [];
    return [invalid(`${field}.${name}`, path, `should be a json path under ${roots.join(' or ')}`)];
  };
  return [
    ...check('specReplicasPath', ['.spec']),
    ...check('statusReplicasPath', ['.status']),
    ...check('labelSelectorPath', ['.status', '.spec']),
  ];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function checkColumn(column: Partial<CustomResourceColumnDefinition>, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, type, format, jsonPath } = column;
  if (!name) errors.push(required(`${field}.name`));
  if (!type) errors.push(required(`${field}.type`, `must be one of ${columnTypes.join(',')}`));
  else if (!columnTypes.includes(type)) errors.push(notSupported(`${field}.type`, type, columnTypes));
  if (format && !columnFormats.includes(format)) errors.push(notSupported(`${field}.format`, format, columnFormats));
  if (!jsonPath) errors.push(required(`${field}.jsonPath`));
  else {
    try {
      parseJsonPath(jsonPath);
    } catch (error) {
      errors.push(invalid(`${field}.jsonPath`, jsonPath, (error as Error).message));
    }
  }
  return errors;
}
