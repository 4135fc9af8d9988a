import { invalid, required } from '../../../field-errors';
import type { CustomResourceDefinitionNames } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkDns1035Label } from '../../../names';

export function checkNames(names: Partial<CustomResourceDefinitionNames> | undefined, field: string): FieldError[] {
  if (!names) return [required(field)];
  const errors: FieldError[] = [];
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  errors.push(...checkWord(`${field}.plural`, plural), ...checkWord(`${field}.singular`, singular, false));
  errors.push(...checkKind(`${field}.kind`, kind), ...checkKind(`${field}.listKind`, listKind));
  errors.push(...shortNames.flatMap((name, index) => checkWord(`${field}.shortNames[${index}]`, name)));
  errors.push(...categories.flatMap((name, index) => checkWord(`${field}.categories[${index}]`, name)));
  if (kind && kind === listKind) {
    errors.push(invalid(`${field}.listKind`, listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}

function checkWord(field: string, value: string | undefined, needed = true): FieldError[] {
  if (!value) return needed ? [required(field)] : [];
  return checkDns1035Label(value).map((problem) => invalid(field, value, problem));
}

function checkKind(field: string, value: string | undefined): FieldError[] {
  if (!value) return [required(field)];
  return checkDns1035Label(value.toLowerCase()).map((problem) =>
    invalid(field, value, `may have mixed case, but should otherwise match: ${problem}`),
  );
}
