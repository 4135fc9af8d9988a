import type { TLSSocket } from 'node:tls';
import { StatusError } from '../../kube/status-error';
import type { Request } from '../http/exchange';
import { anonymous, type User, userOfCertificate } from './user';

/** The user of a connection, and until when the certificate says so (milliseconds since the epoch). */
const known = new WeakMap<object, { user: User; notAfter: number }>();

/**
 * Who makes a request: the client certificate of its connection says. A bearer token counts on `/join` only.
 * @throws StatusError 401 for a certificate that the cluster's CA did not sign or that expired since the connection
 *   was made, and for any other token
 */
export function authenticate(request: Request, now: number): User {
  const session = 'stream' in request ? (request.stream.session ?? request.socket) : request.socket;
  let found = known.get(session);
  if (!found) {
    const socket = request.socket as TLSSocket;
    const user = userOfSocket(socket);
    found = { user, notAfter: user === anonymous ? Infinity : Date.parse(socket.getPeerCertificate().valid_to) };
    known.set(session, found);
  }
  const { user, notAfter } = found;
  if (now > notAfter) throw unauthorized();
  if (user === anonymous && request.headers.authorization) throw unauthorized();
  return user;
}

/** The user of a connection, without looking at any request. @throws StatusError 401 */
export function userOfSocket(socket: TLSSocket): User {
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[]; O?: string | string[] } };
  if (!subject) return anonymous;
  const user = socket.authorized ? userOfCertificate(subject) : undefined;
  if (!user) throw unauthorized();
  return user;
}

export function unauthorized(): StatusError {
  return new StatusError('Unauthorized', 'Unauthorized');
}
