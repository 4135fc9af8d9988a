/** A schedule as cron writes it, taken apart: the values of each field at which it fires. */
export interface CronSchedule {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  months: ReadonlySet<number>;
  daysOfWeek: ReadonlySet<number>;
  /** Whether the two fields of days hold every day: a day must match both fields then, else either. */
  everyDayOfMonth: boolean;
  everyDayOfWeek: boolean;
}

/** Fires at a fixed distance: `@every 1h30m`. */
export interface CronInterval {
  everyMs: number;
}

interface Field {
  min: number;
  max: number;
  names?: Readonly<Record<string, number>>;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: Object.fromEntries(months.map((name, index) => [name, index + 1])) },
  { min: 0, max: 6, names: Object.fromEntries(days.map((name, index) => [name, index])) },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads the schedule of a CronJob: five fields, or a descriptor such as `@hourly`. A zone within the text
 * (`TZ=…`) is not read here.
 * @throws RangeError that says what is wrong with it
 */
export function parseCron(text: string): CronSchedule | CronInterval {
  if (text.startsWith('@')) {
    const known = Object.hasOwn(descriptors, text) ? descriptors[text] : undefined;
    if (known) return parseFields(known);
    if (text.startsWith('@every ')) return { everyMs: parseEvery(text.slice('@every '.length), text) };
    throw new RangeError(`unrecognized descriptor: ${text}`);
  }
  return parseFields(text);
}

function parseFields(text: string): CronSchedule {
  const parts = text.split(/\s+/).filter(Boolean);
  if (parts.length !== 5) {
    throw new RangeError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  }
  const [minutes, hours, daysOfMonth, monthsOfYear, daysOfWeek] = parts.map((part, index) =>
    parseField(part, fields[index] as Field),
  ) as [Values, Values, Values, Values, Values];
  return {
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: daysOfMonth.values,
    months: monthsOfYear.values,
    daysOfWeek: daysOfWeek.values,
    everyDayOfMonth: daysOfMonth.every,
    everyDayOfWeek: daysOfWeek.every,
  };
}

interface Values {
  values: Set<number>;
  /** Written as `*` or `?`. */
  every: boolean;
}

function parseField(text: string, field: Field): Values {
  const values = new Set<number>();
  let every = false;
  for (const expression of text.split(',')) every = parseRange(expression, field, values) || every;
  return { values, every };
}

/** Adds the values of `*`, `5`, `1-5`, with or without a step (`/2`); says whether it was a plain star. */
function parseRange(text: string, field: Field, values: Set<number>): boolean {
  const [range = '', stepText, ...more] = text.split('/');
  if (more.length > 0) throw new RangeError(`too many slashes: ${text}`);
  const ends = range.split('-');
  if (ends.length > 2) throw new RangeError(`too many hyphens: ${text}`);
  const star = range === '*' || range === '?';
  let start = star ? field.min : parseValue(ends[0] ?? '', field);
  let end = star ? field.max : ends.length === 2 ? parseValue(ends[1] ?? '', field) : start;
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  // `5/15`: from 5 to the end.
  if (stepText !== undefined && !star && ends.length === 1) end = field.max;
  if (start < field.min) throw new RangeError(`beginning of range (${start}) below minimum (${field.min}): ${text}`);
  if (end > field.max) throw new RangeError(`end of range (${end}) above maximum (${field.max}): ${text}`);
  if (start > end) throw new RangeError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new RangeError(`step of range should be a positive number: ${text}`);
  for (; start <= end; start += step) values.add(start);
  return star && step === 1;
}

function parseValue(text: string, { names }: Field): number {
  return names?.[text.toLowerCase()] ?? parseNumber(text);
}

function parseNumber(text: string): number {
  if (/^-\d+$/.test(text)) throw new RangeError(`negative number (${Number(text)}) not allowed: ${text}`);
  if (!/^\+?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new RangeError(`failed to parse int from ${text}: ${why}`);
  }
  return Number(text);
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a duration as Go writes it, whole seconds at least. */
function parseEvery(text: string, whole: string): number {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) {
    throw new RangeError(`failed to parse duration ${whole}: time: invalid duration ${JSON.stringify(text)}`);
  }
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    total += Number(amount) * (units[unit] ?? 0);
  }
  return Math.max(1000, Math.floor(total / 1000) * 1000);
}
