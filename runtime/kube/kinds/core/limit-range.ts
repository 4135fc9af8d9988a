import { duplicate, forbidden, invalid, required } from '../../field-errors';
import type { LimitRange, LimitRangeItem } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkQualifiedName } from '../../names';
import { compareQuantities, formatQuantity, type Quantity, tryParseQuantity } from '../../quantity';
import { limitRanges } from '../../resource';
import { createdAtColumn, nameColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const limitRangeKind: Kind<LimitRange> = {
  resource: limitRanges,
  singular: 'limitrange',
  shortNames: ['limits'],
  categories: [],
  schema: builtInSchema(limitRanges),
  subresources: {},
  replaceCreates: true,
  applyDefaults: ({ spec }) => (spec?.limits ?? []).forEach(defaultItem),
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkItems(spec?.limits ?? []),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [nameColumn(), createdAtColumn()],
};

/** A container's default limit is the maximum; its default request is the default limit, else the minimum. */
function defaultItem(item: LimitRangeItem): void {
  if (item.type !== 'Container') return;
  const limits = ensure(item, 'default');
  const requests = ensure(item, 'defaultRequest');
  for (const [name, value] of Object.entries(item.max ?? {})) limits[name] ??= value;
  for (const [name, value] of Object.entries(limits)) requests[name] ??= value;
  for (const [name, value] of Object.entries(item.min ?? {})) requests[name] ??= value;
}

function checkItems(items: LimitRangeItem[]): FieldError[] {
  const types = new Set<string>();
  return items.flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const errors = checked(`${at}.type`, item.type ?? '', checkQualifiedName(item.type ?? ''));
    if (errors.length === 0 && !item.type.includes('/') && !standardTypes.includes(item.type)) {
      errors.push(invalid(`${at}.type`, item.type, 'must be a standard limit type or fully qualified'));
    }
    if (types.has(item.type)) errors.push(duplicate(`${at}.type`, item.type));
    types.add(item.type);
    return [...errors, ...checkItem(item, at)];
  });
}

const standardTypes = ['Container', 'PersistentVolumeClaim', 'Pod'];

function checkItem(item: LimitRangeItem, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const lists =
    item.type === 'Pod' ? (['max', 'min'] as const) : (['max', 'min', 'default', 'defaultRequest'] as const);
  if (item.type === 'Pod') {
    for (const key of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[key] ?? {}).length > 0) {
        errors.push(forbidden(`${field}.${key}`, "may not be specified when `type` is 'Pod'"));
      }
    }
  }
  const names = new Set<string>();
  for (const key of [...lists, 'maxLimitRequestRatio'] as const) {
    for (const name of Object.keys(item[key] ?? {})) {
      names.add(name);
      errors.push(...checkResourceName(item.type, name, `${field}.${key}[${name}]`));
    }
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${field}.limits`, detail));
  }
  return [...errors, ...[...names].sort().flatMap((name) => checkAmounts(item, name, field))];
}

const ofContainers = ['cpu', 'memory', 'ephemeral-storage'];

function checkResourceName(type: string, name: string, field: string): FieldError[] {
  const errors = checked(field, name, checkQualifiedName(name));
  if (errors.length > 0 || name.includes('/')) return errors;
  if (type === 'Pod' || type === 'Container') {
    return ofContainers.includes(name) || name.startsWith('hugepages-')
      ? []
      : [invalid(field, name, 'must be a standard resource for containers')];
  }
  return [...ofContainers, 'storage'].includes(name) || name.startsWith('hugepages-')
    ? []
    : [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

/** The amounts of one resource: none of them may contradict another. */
function checkAmounts(item: LimitRangeItem, name: string, field: string): FieldError[] {
  const of = (key: 'min' | 'max' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio') =>
    tryParseQuantity(item[key]?.[name]);
  const [min, max, limit, request, ratio] = [
    of('min'),
    of('max'),
    of('default'),
    of('defaultRequest'),
    of('maxLimitRequestRatio'),
  ];
  const errors: FieldError[] = [];
  const order = (key: string, shown: Quantity | undefined, a: Amount, b: Amount) => {
    if (!shown || !a.value || !b.value || compareQuantities(a.value, b.value) <= 0) return;
    const detail = `${a.what} value ${formatQuantity(a.value)} is greater than ${b.what} value ${formatQuantity(b.value)}`;
    errors.push(invalid(`${field}.${key}[${name}]`, formatQuantity(shown), detail));
  };
  order('min', min, { what: 'min', value: min }, { what: 'max', value: max });
  order('defaultRequest', request, { what: 'min', value: min }, { what: 'default request', value: request });
  order('defaultRequest', request, { what: 'default request', value: request }, { what: 'max', value: max });
  order(
    'defaultRequest',
    request,
    { what: 'default request', value: request },
    { what: 'default limit', value: limit },
  );
  order('default', limit, { what: 'min', value: min }, { what: 'default', value: limit });
  order('default', limit, { what: 'default', value: limit }, { what: 'max', value: max });
  if (ratio) errors.push(...checkRatio(ratio, min, max, `${field}.maxLimitRequestRatio[${name}]`));
  return errors;
}

interface Amount {
  what: string;
  value: Quantity | undefined;
}

function checkRatio(
  ratio: Quantity,
  min: Quantity | undefined,
  max: Quantity | undefined,
  field: string,
): FieldError[] {
  const text = formatQuantity(ratio);
  const errors: FieldError[] = [];
  if (compareQuantities(ratio, '1') < 0) errors.push(invalid(field, text, `ratio ${text} is less than 1`));
  if (!min || !max || min.nano <= 0n) return errors;
  const most = Number(max.nano) / Number(min.nano);
  if (Number(ratio.nano) / 1e9 > most) {
    errors.push(invalid(field, text, `ratio ${text} is greater than max/min = ${most.toFixed(6)}`));
  }
  return errors;
}
