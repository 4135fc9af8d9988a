/** One HTTP request; the body is small and already in memory. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with its query string. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names; a repeated header is joined with `, `. */
  headers: Record<string, string>;
  /** Throws what broke the connection. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Carries requests to one server. `send` rejects when there is no answer (no connection, broken, aborted);
 * an answer of any status is an answer. Aborting the signal ends the request and the body stream.
 */
export interface Transport {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Whether a further request would wait for an earlier one to end. @default false */
  readonly full?: boolean;
  close(): void;
}
