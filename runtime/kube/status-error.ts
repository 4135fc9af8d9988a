import type { Status } from './generated/types';

/** The machine-readable reasons of `metav1.Status` that we use, with their HTTP codes. */
export const reasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof reasonCodes;

/** An error the API answers with: a Kubernetes `Status` of status Failure, thrown. */
export class StatusError extends Error {
  readonly code: number;
  /** Of a list's 410: the token with which the rest can be had as of now. */
  continue?: string;

  constructor(
    readonly reason: StatusReason,
    message: string,
    readonly details?: Status['details'],
    code?: number,
  ) {
    super(message);
    this.name = 'StatusError';
    this.code = code ?? reasonCodes[reason];
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continue ? { continue: this.continue } : {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** The error a client throws for a Status it received. */
  static from(status: Status): StatusError {
    const reason = (status.reason && status.reason in reasonCodes ? status.reason : 'InternalError') as StatusReason;
    const error = new StatusError(reason, status.message ?? 'unknown error', status.details, status.code);
    error.continue = status.metadata?.continue;
    return error;
  }
}

export function isStatusError(error: unknown, reason?: StatusReason): error is StatusError {
  return error instanceof StatusError && (reason === undefined || error.reason === reason);
}
