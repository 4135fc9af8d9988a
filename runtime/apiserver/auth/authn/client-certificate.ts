import type { TLSSocket } from 'node:tls';
import type { Request } from '../../http/exchange';
import { anonymous, type User, userOfCertificate } from '../user';
import { unauthorized } from './unauthorized';

/** The user of a connection, and until when the certificate says so (milliseconds since the epoch). */
const known = new WeakMap<object, { user: User; notAfter: number }>();

/**
 * Who the client certificate of a request's connection says it is; anonymous where there is none.
 * @throws StatusError 401 for a certificate that the cluster's CA did not sign or that expired since the connection
 *   was made
 */
export function certificateUser(request: Request, now: number): User {
  const session = 'stream' in request ? (request.stream.session ?? request.socket) : request.socket;
  let found = known.get(session);
  if (!found) {
    const socket = request.socket as TLSSocket;
    const user = userOfSocket(socket);
    found = { user, notAfter: user === anonymous ? Infinity : Date.parse(socket.getPeerCertificate().valid_to) };
    known.set(session, found);
  }
  if (now > found.notAfter) throw unauthorized();
  return found.user;
}

/** The user of a connection, without looking at any request. @throws StatusError 401 */
export function userOfSocket(socket: TLSSocket): User {
  const certificate = socket.getPeerCertificate() as Partial<ReturnType<TLSSocket['getPeerCertificate']>>;
  const { subject, fingerprint256 } = certificate;
  if (!subject) return anonymous;
  const user = socket.authorized ? userOfCertificate(subject) : undefined;
  if (!user) throw unauthorized();
  if (!fingerprint256) return user;
  const id = `X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`;
  return { ...user, extra: { 'authentication.kubernetes.io/credential-id': [id] } };
}
