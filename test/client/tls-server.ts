import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Settings,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';

export interface TestServer {
  url: string;
  ca: string;
  client: { key: string; cert: string };
  /** Breaks every open connection, without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** A loopback HTTPS server (HTTP/2 and HTTP/1.1) that wants client certificates of its own CA. */
export async function startTlsServer(
  handle: (request: Http2ServerRequest, response: Http2ServerResponse, body: string) => void,
  protocol: 'h2' | 'http/1.1' = 'h2',
  settings: Settings = {},
): Promise<TestServer> {
  const now = Date.now();
  const ca = await createCa(now);
  const names = { commonName: 'test', organizations: ['test'], validSeconds: 3600 };
  const serving = await issueKeyPair(
    ca,
    { ...names, usages: ['server'], dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    now,
  );
  const client = await issueKeyPair(ca, { ...names, usages: ['client'] }, now);
  const options = { ...serving, ca: ca.cert, requestCert: true, rejectUnauthorized: true };
  const server = (
    protocol === 'h2' ? createSecureServer({ ...options, settings, allowHTTP1: true }) : createHttpsServer(options)
  ) as Http2SecureServer;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => handle(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: ca.cert,
    client,
    cut,
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
