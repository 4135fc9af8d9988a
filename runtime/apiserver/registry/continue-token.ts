import { StatusError } from '../../kube/status-error';

/** Where a list that was cut goes on: after `after`, as of `revision` (0: as of now, an inconsistent continuation). */
export interface ContinueToken {
  revision: number;
  after: string;
}

/** Opaque to clients. `prefix` is the list's own, left out of the token and put back when it is read. */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  const text = JSON.stringify({ v: 1, rv: token.revision, k: token.after.slice(prefix.length) });
  return Buffer.from(text).toString('base64url');
}

/** @throws StatusError 400 for text that no list gave out. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as { v: number; rv: number; k: string };
    if (token.v === 1 && Number.isSafeInteger(token.rv) && token.rv >= 0 && typeof token.k === 'string') {
      return { revision: token.rv, after: prefix + token.k };
    }
  } catch {
    // Told below, as any other text that is no token.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: it was not given out by this server');
}
