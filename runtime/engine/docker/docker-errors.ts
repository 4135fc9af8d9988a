import { EngineError, type EngineErrorCode } from '../engine';

/** The EngineError for a failed answer of the Engine API: its HTTP status and body. */
export function engineErrorOf(status: number, body: string): EngineError {
  const message = messageOf(body) || `HTTP ${status}`;
  return new EngineError(codeOf(status, message), message);
}

/** The EngineError for what went wrong in a pull, whether it came as a status or as a line of the progress stream. */
export function pullErrorOf(image: string, message: string): EngineError {
  return new EngineError(pullCodeOf(message), `pulling image ${image}: ${message}`);
}

function codeOf(status: number, message: string): EngineErrorCode {
  if (status === 404)
    return /no such image|manifest unknown|not found: manifest/i.test(message) ? 'image-not-found' : 'not-found';
  if (status === 409) return /is already in use/.test(message) ? 'name-in-use' : 'invalid';
  if (status === 400) return 'invalid';
  if (status === 401 || status === 403) return 'unauthorized';
  return 'internal';
}

function pullCodeOf(message: string): EngineErrorCode {
  if (/unauthorized|authentication required|no basic auth|denied: requested access/i.test(message))
    return 'unauthorized';
  if (/manifest unknown|not found|does not exist|no such image/i.test(message)) return 'image-not-found';
  if (
    /dial |no such host|timeout|refused|unreachable|certificate|TLS|EOF|HTTP response to HTTPS|reset by peer|request canceled/i.test(
      message,
    )
  )
    return 'registry-unreachable';
  if (/invalid reference format/.test(message)) return 'invalid';
  return 'internal';
}

function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { message?: unknown };
    return typeof parsed.message === 'string' ? parsed.message.trim() : body.trim();
  } catch {
    return body.trim();
  }
}
