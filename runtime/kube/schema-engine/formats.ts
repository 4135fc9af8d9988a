import { isIP, isIPv4, isIPv6 } from 'node:net';
import { checkDns1123Label, checkDns1123Subdomain } from '../names';
import { parseTimestamp } from './timestamps';

const HOSTNAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;
const UUID = (version: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');
const DURATION = /^([+-]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d|w|[a-z]+)\s*)+$/i;
const UNITS = [
  'ns',
  'us',
  'µs',
  'μs',
  'ms',
  's',
  'm',
  'h',
  'd',
  'w',
  'nano',
  'nanosecond',
  'nanoseconds',
  'micro',
  'microsecond',
  'microseconds',
  'milli',
  'millis',
  'millisecond',
  'milliseconds',
  'sec',
  'secs',
  'second',
  'seconds',
  'min',
  'mins',
  'minute',
  'minutes',
  'hr',
  'hrs',
  'hour',
  'hours',
  'day',
  'days',
  'week',
  'weeks',
];
const RGB = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/;

const time = (text: string) => parseTimestamp(text.replace(' ', 'T').toUpperCase()) !== undefined;

/** The formats of text that Kubernetes checks in custom resources. */
const formats: Record<string, (text: string) => boolean> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  cidr: isNetwork,
  creditcard: isCreditCard,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text),
  'date-time': time,
  datetime: time,
  duration: isDuration,
  email: (text) => text.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hexcolor: (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  hostname: (text) => HOSTNAME.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  'k8s-long-name': (text) => checkDns1123Subdomain(text).length === 0,
  'k8s-short-name': (text) => checkDns1123Label(text).length === 0,
  mac: (text) =>
    /^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4}(\2[0-9a-f]{2}\2[0-9a-f]{2})?|([0-9a-f]{4}\.){2,3}[0-9a-f]{4})$/i.test(
      text,
    ),
  rgbcolor: (text) =>
    (RGB.exec(text) ?? []).length > 0 && (RGB.exec(text) as RegExpExecArray).slice(1).every((n) => Number(n) <= 255),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: isUri,
  uuid: (text) => UUID('[0-9a-f]').test(text),
  uuid3: (text) => UUID('3').test(text),
  uuid4: (text) => UUID('4').test(text) && /^[89ab]/i.test(text.replaceAll('-', '').slice(16)),
  uuid5: (text) => UUID('5').test(text) && /^[89ab]/i.test(text.replaceAll('-', '').slice(16)),
};

/** Formats that are told apart; `password` is any text. Others are notes for readers. */
export const knownFormats: ReadonlySet<string> = new Set([...Object.keys(formats), 'password']);

/** Whether a text is not of a format. Unknown formats hold for any text. */
export function formatProblem(format: string, text: string): boolean {
  return Object.hasOwn(formats, format) && !(formats[format] as (text: string) => boolean)(text);
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    rest.length === 0 && family !== 0 && /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  );
}

function isDuration(text: string): boolean {
  if (!DURATION.test(text)) return text === '0';
  return [...text.matchAll(/[a-zµμ]+/gi)].every(([unit]) => UNITS.includes(unit.toLowerCase()));
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text)
    ? URL.canParse(text)
    : text.startsWith('/') && URL.canParse(text, 'http://x');
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[- ]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[- ]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce(
    (total, digit, index) => total + (10 - index) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[- ]/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 ? 3 : 1), 0) % 10 === 0;
}
