import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stringify } from 'yaml';
import { encodeProtobuf } from '../../kube/protobuf';
import { StatusError } from '../../kube/status-error';
import { UnavailableError } from '../../store/store';
import type { RequestAudit } from '../audit/record';
import type { User } from '../auth/user';
import { type Format, mediaTypes, negotiate } from './negotiate';
import type { RequestInfo } from './request-info';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

/** One request on its way through the handlers. */
export interface Exchange {
  request: Request;
  response: Response;
  info: RequestInfo;
  user: User;
  /** Texts for the answer's Warning headers. */
  warnings: string[];
  audit: RequestAudit;
  /** Resolves when the answer is sent, or nobody waits for it any more. */
  closed: Promise<void>;
  /** Of a long-running request: what follows costs little, and others may have its seats. */
  begun(): void;
}

/** What it takes to answer, be it that the request cannot be read. */
export type Answering = Pick<Exchange, 'request' | 'response' | 'warnings' | 'audit'>;

const compress = promisify(gzip);
/** As in Kubernetes: below this, compressing costs more than it saves. */
const gzipFromBytes = 128 * 1024;

/** Up to this size a body of several pieces is sent as one; a larger one is not copied. */
const copyUpToBytes = 64 * 1024;

/** Answers with a body, whole or in pieces; a large one is compressed for those who take it. */
export async function send(
  { request, response, warnings, audit }: Answering,
  code: number,
  body: Buffer | readonly Buffer[],
  contentType = 'application/json',
  headers: Record<string, string> = {},
): Promise<void> {
  let pieces = Array.isArray(body) ? (body as readonly Buffer[]) : [body as Buffer];
  const whole = () => (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (audit.wantsResponse && contentType === 'application/json') audit.responseObject(whole());
  const all: Record<string, string | number | string[]> = {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    ...headers,
  };
  if (warnings.length) all.warning = bounded([...new Set(warnings)]).map(warningHeader);
  if (size >= gzipFromBytes && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    pieces = [await compress(whole(), { level: 1 })];
    all['content-encoding'] = 'gzip';
    all.vary = 'accept-encoding';
  } else if (size <= copyUpToBytes) pieces = [whole()];
  all['content-length'] = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (response.destroyed || response.headersSent) return;
  response.writeHead(code, all as never);
  const out = response as { write(data: Uint8Array): boolean; end(data?: Uint8Array): void };
  if (request.method === 'HEAD') return out.end();
  for (const piece of pieces.slice(0, -1)) out.write(piece);
  out.end(pieces.at(-1));
}

/** Answers that what the client has is still good. */
export async function sendNotModified({ response }: Answering, headers: Record<string, string>): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(304, headers as never);
  response.end();
}

export function sendJson(exchange: Exchange, code: number, value: unknown): Promise<void> {
  return send(exchange, code, Buffer.from(`${JSON.stringify(value)}\n`));
}

/** Answers with a failure as a `Status`. */
export function sendError(exchange: Answering, error: unknown): Promise<void> {
  const status = statusErrorOf(error);
  const retry = status.details?.retryAfterSeconds;
  const headers: Record<string, string> = retry ? { 'retry-after': String(retry) } : {};
  const json = Buffer.from(`${JSON.stringify(status.toStatus())}\n`);
  const format = formatOf(exchange.request);
  const encoded = format === 'json' ? undefined : encodeStatus(statusOf(status), format);
  if (!encoded) return send(exchange, status.code, json, mediaTypes.json, headers);
  if (exchange.audit.wantsResponse) exchange.audit.responseObject(json);
  return send(exchange, status.code, encoded, mediaTypes[format], headers);
}

function encodeStatus(status: { apiVersion: string; kind: string }, format: Format): Buffer | undefined {
  return format === 'yaml' ? Buffer.from(stringify(status)) : encodeProtobuf(status);
}

/** A store that cannot write is named as the reason, since its operator can mend it; other errors are ours alone. */
function statusErrorOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof UnavailableError) return new StatusError('ServiceUnavailable', error.message);
  return new StatusError('InternalError', 'Internal error occurred');
}

function statusOf(error: StatusError): { apiVersion: string; kind: string } {
  return { ...error.toStatus(), apiVersion: 'v1', kind: 'Status' };
}

/** A failure may be that nothing acceptable can be had; then, and wherever else, it is told in JSON. */
function formatOf({ headers }: Request): Format {
  try {
    return negotiate(headers.accept, { protobuf: true }).format;
  } catch {
    return 'json';
  }
}

/** As in Kubernetes: what all warnings of an answer may take, and one of them where all would take more. */
const maxWarnings = 4096;
const maxWarning = 256;

/** The warnings that an answer has room for. */
function bounded(warnings: readonly string[]): string[] {
  const sum = (texts: readonly string[]) => texts.reduce((length, text) => length + text.length, 0);
  if (sum(warnings) <= maxWarnings) return [...warnings];
  const cut = warnings.map((text) => text.slice(0, maxWarning));
  let room = maxWarnings;
  const fits = (text: string) => {
    room -= text.length;
    return room >= 0;
  };
  return cut.filter(fits);
}

/** `299 - "text"`, with nothing in the text that could end the header or the quotes. */
function warningHeader(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  const safe = text.replace(/[\x00-\x1f\x7f-\uffff]/g, ' ').replace(/["\\]/g, '\\$&');
  return `299 - "${safe}"`;
}
