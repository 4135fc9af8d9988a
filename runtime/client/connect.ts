import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** Whom to reach and how each side proves who it is. PEM text throughout. */
export interface ServerAddress {
  /** `https://host:port`. */
  server: string;
  /** The only certificate authority trusted. The system's own when left out. */
  ca?: string;
  /** Client certificate and key (mutual TLS). */
  cert?: string;
  key?: string;
  /** Bearer token, in place of a client certificate. */
  token?: string;
  /** The name the server's certificate must carry; the host of `server` when left out. */
  servername?: string;
  /** Opens the byte stream that TLS runs over; a TCP connection to `server` when left out. */
  connect?: () => Promise<Duplex>;
}

/** Opens a TLS connection that offers HTTP/2 and HTTP/1.1; rejects after `timeoutMs` or when `signal` aborts. */
export async function openTls(address: ServerAddress, signal: AbortSignal): Promise<TLSSocket> {
  const url = new URL(address.server);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 443);
  const stream = address.connect ? await address.connect() : await tcp(host, port, signal);
  const isAddress = /^[\d.]+$|:/.test(host);
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: stream,
      ca: address.ca,
      cert: address.cert,
      key: address.key,
      // An IP address is no SNI name; the certificate is then checked against the address itself.
      servername: address.servername ?? (isAddress ? '' : host),
      ...(isAddress && !address.servername ? { host } : {}),
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    const abort = () => fail(new Error(`connecting to ${url.host} took too long`));
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort);
      stream.destroy();
      socket.destroy();
      reject(error);
    };
    signal.addEventListener('abort', abort, { once: true });
    stream.once('error', fail);
    socket.once('error', fail);
    socket.once('close', () => fail(new Error(`${url.host} closed the connection`)));
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('close');
      socket.removeListener('error', fail);
      // A late error of the stream underneath also ends the TLS socket, which reports it.
      stream.removeListener('error', fail);
      stream.on('error', () => socket.destroy());
      resolve(socket);
    });
    if (signal.aborted) abort();
  });
}

/** A TCP connection, up. Kept apart from TLS so that its errors are told as they are (ECONNREFUSED, ENOTFOUND). */
function tcp(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true });
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(new Error(`${host}:${port} did not answer`));
    socket.once('error', fail);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.removeListener('error', fail);
      resolve(socket);
    });
  });
}
