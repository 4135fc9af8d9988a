import type { TLSSocket } from 'node:tls';
import { StatusError } from '../../kube/status-error';
import type { Request } from '../http/exchange';
import { anonymous, type User, userOfCertificate } from './user';

const known = new WeakMap<object, User>();

/**
 * Who makes a request: the client certificate of its connection says. A bearer token counts on `/join` only.
 * @throws StatusError 401 for a certificate that the cluster's CA did not sign, and for any other token
 */
export function authenticate(request: Request): User {
  const session = 'stream' in request ? (request.stream.session ?? request.socket) : request.socket;
  let user = known.get(session);
  if (!user) {
    user = userOfSocket(request.socket as TLSSocket);
    known.set(session, user);
  }
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
