import type { LogOptions } from '../../engine/engine';

/** A request's query is not one that can be served; answered with 400 and this message. */
export class BadRequest extends Error {}

/** What a log request asks of the engine. @throws BadRequest naming the parameter and its value */
export function logOptions(query: URLSearchParams, now: number): LogOptions & { previous: boolean } {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceText = query.get('sinceTime');
  if (sinceSeconds !== undefined && sinceText !== null)
    throw new BadRequest('at most one of sinceTime or sinceSeconds may be specified');
  const sinceTime = sinceText === null ? undefined : Date.parse(sinceText);
  if (Number.isNaN(sinceTime)) throw new BadRequest(`sinceTime: ${JSON.stringify(sinceText)} must be an RFC 3339 time`);
  const stream = query.get('stream') ?? 'All';
  if (!['All', 'Stdout', 'Stderr'].includes(stream))
    throw new BadRequest(`stream: ${JSON.stringify(stream)} must be All, Stdout or Stderr`);
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines: wholeNumber(query, 'tailLines', 0),
    limitBytes: wholeNumber(query, 'limitBytes', 1),
    sinceTime: sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000,
    stdout: stream !== 'Stderr',
    stderr: stream !== 'Stdout',
  };
}

/** `true`, `1` or the bare name. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && ['', '1', 'true', 'True', 'TRUE', 't', 'T'].includes(value);
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < least || !Number.isSafeInteger(value))
    throw new BadRequest(`${name}: ${JSON.stringify(text)} must be a whole number of at least ${least}`);
  return value;
}
