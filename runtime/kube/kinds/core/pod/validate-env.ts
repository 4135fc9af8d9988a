import { invalid, required } from '../../../field-errors';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkConfigMapKey, checkDns1123Subdomain, checkEnvVarName } from '../../../names';
import { checked } from '../../shared/limits';
import { checkFieldRef, checkResourceFieldRef, envFieldPaths } from './field-refs';

export function checkEnv(list: EnvVar[] | undefined, field: string): FieldError[] {
  return (list ?? []).flatMap((env, index) => {
    const at = `${field}[${index}]`;
    return [
      ...(env.name ? checked(`${at}.name`, env.name, checkEnvVarName(env.name)) : [required(`${at}.name`)]),
      ...(env.valueFrom ? checkValueFrom(env.valueFrom, env.value, `${at}.valueFrom`) : []),
    ];
  });
}

function checkValueFrom(source: EnvVarSource, value: string | undefined, field: string): FieldError[] {
  const given = Object.entries(source).filter(([, ref]) => ref !== undefined);
  const errors: FieldError[] = [];
  if (source.fieldRef) errors.push(...checkFieldRef(source.fieldRef, envFieldPaths, `${field}.fieldRef`));
  if (source.resourceFieldRef) {
    errors.push(...checkResourceFieldRef(source.resourceFieldRef, `${field}.resourceFieldRef`));
  }
  if (source.configMapKeyRef) errors.push(...checkKeyRef(source.configMapKeyRef, `${field}.configMapKeyRef`));
  if (source.secretKeyRef) errors.push(...checkKeyRef(source.secretKeyRef, `${field}.secretKeyRef`));
  if (source.fileKeyRef) errors.push(invalid(`${field}.fileKeyRef`, '', 'this source is not served'));
  if (given.length === 0) {
    const one = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(field, '', `must specify one of: ${one}`));
  } else if (value) {
    errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  } else if (given.length > 1) {
    errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function checkKeyRef(ref: { name?: string; key?: string }, field: string): FieldError[] {
  return [
    ...(ref.name ? [] : [required(`${field}.name`)]),
    ...(ref.key ? checked(`${field}.key`, ref.key, checkConfigMapKey(ref.key)) : [required(`${field}.key`)]),
  ];
}

export function checkEnvFrom(list: EnvFromSource[] | undefined, field: string): FieldError[] {
  return (list ?? []).flatMap((source, index) => {
    const at = `${field}[${index}]`;
    const errors = source.prefix ? checked(`${at}.prefix`, source.prefix, checkEnvVarName(source.prefix)) : [];
    const refs = (['configMapRef', 'secretRef'] as const).filter((key) => source[key]);
    for (const key of refs) {
      const name = source[key]?.name;
      errors.push(
        ...(name ? checked(`${at}.${key}.name`, name, checkDns1123Subdomain(name)) : [required(`${at}.${key}.name`)]),
      );
    }
    if (refs.length === 0) errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (refs.length > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
