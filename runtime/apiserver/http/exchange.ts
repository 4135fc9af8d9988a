import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeProtobuf } from '../../kube/protobuf';
import { StatusError } from '../../kube/status-error';
import { UnavailableError } from '../../store/store';
import type { RequestAudit } from '../audit/record';
import type { User } from '../auth/user';
import { mediaTypes, negotiate } from './negotiate';
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
  /** Of a long-running request: what follows costs little, and others may have its seats. */
  begun(): void;
}

/** What it takes to answer, be it that the request cannot be read. */
export type Answering = Pick<Exchange, 'request' | 'response' | 'warnings' | 'audit'>;

const compress = promisify(gzip);
/** As in Kubernetes: below this, compressing costs more than it saves. */
const gzipFromBytes = 128 * 1024;

/** Answers with a body; large JSON is compressed for those who take it. */
export async function send(
  { request, response, warnings, audit }: Answering,
  code: number,
  body: Buffer,
  contentType = 'application/json',
  headers: Record<string, string> = {},
): Promise<void> {
  if (audit.wantsResponse && contentType === 'application/json') audit.responseObject(body);
  let bytes = body;
  const all: Record<string, string | number | string[]> = {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    ...headers,
  };
  if (warnings.length) all.warning = warnings.map(warningHeader);
  if (body.length >= gzipFromBytes && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    bytes = await compress(body, { level: 1 });
    all['content-encoding'] = 'gzip';
    all.vary = 'accept-encoding';
  }
  all['content-length'] = bytes.length;
  if (response.destroyed || response.headersSent) return;
  response.writeHead(code, all as never);
  (response as { end(data?: Uint8Array): void }).end(request.method === 'HEAD' ? undefined : bytes);
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
  const protobuf = wantsProtobuf(exchange.request) ? encodeProtobuf(statusOf(status)) : undefined;
  if (!protobuf) return send(exchange, status.code, json, mediaTypes.json, headers);
  if (exchange.audit.wantsResponse) exchange.audit.responseObject(json);
  return send(exchange, status.code, protobuf, mediaTypes.protobuf, headers);
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
function wantsProtobuf({ headers }: Request): boolean {
  try {
    return negotiate(headers.accept, { protobuf: true }).format === 'protobuf';
  } catch {
    return false;
  }
}

/** `299 - "text"`, with nothing in the text that could end the header or the quotes. */
function warningHeader(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  const safe = text.replace(/[\x00-\x1f\x7f-\uffff]/g, ' ').replace(/["\\]/g, '\\$&');
  return `299 - "${safe}"`;
}
