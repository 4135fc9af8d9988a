import type { Container, HTTPGetAction, TCPSocketAction } from '../../kube/generated/types';

export interface CheckResult {
  ok: boolean;
  message: string;
}

/** The most of an answer's body that is read, as in Kubernetes. */
const bodyLimit = 10 * 1024;

/** One HTTP GET; 200–399 is success. Certificates are not verified, redirects not followed. */
export function httpCheck(
  action: HTTPGetAction,
  container: Container,
  podIp: string,
  timeoutMilliseconds: number,
): Promise<CheckResult> {
  const port = portNumber(action.port, container);
  if (port === undefined) return Promise.resolve(fail(`couldn't find port: ${action.port}`));
  const secure = action.scheme === 'HTTPS';
  const host = action.host || podIp;
  const path = action.path || '/';
  const headers: Record<string, string | string[]> = {
    'User-Agent': 'kube-probe/1.36',
    Accept: '*/*',
    Connection: 'close',
  };
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase());
    const isOwn = key !== undefined && (key === 'User-Agent' || key === 'Accept');
    headers[isOwn ? key : name] = value;
  }
  // Loaded when a pod first needs it: an agent without such probes stays smaller.
  const transport = secure
    ? (require('node:https') as typeof import('node:https'))
    : (require('node:http') as typeof import('node:http'));
  return new Promise((resolve) => {
    const shown = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
    const request = transport.get({
      host,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers,
      agent: false,
      ...(secure ? { rejectUnauthorized: false } : {}),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > bodyLimit) response.destroy();
      });
      response.on('error', () => {});
      const ok = status >= 200 && status < 400;
      resolve({ ok, message: ok ? '' : `HTTP probe failed with statuscode: ${status}` });
    });
    request.on('error', (error) =>
      resolve(
        fail(
          `Get "${shown}": ${error.name === 'TimeoutError' || error.name === 'AbortError' ? 'context deadline exceeded' : error.message}`,
        ),
      ),
    );
  });
}

/** One TCP connection; that it opens is success. */
export function tcpCheck(
  action: TCPSocketAction,
  container: Container,
  podIp: string,
  timeoutMilliseconds: number,
): Promise<CheckResult> {
  const port = portNumber(action.port, container);
  if (port === undefined) return Promise.resolve(fail(`couldn't find port: ${action.port}`));
  const host = action.host || podIp;
  const { connect } = require('node:net') as typeof import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (result: CheckResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMilliseconds, () => done(fail(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.on('connect', () => done({ ok: true, message: '' }));
    socket.on('error', (error) => done(fail(`dial tcp ${host}:${port}: ${error.message}`)));
  });
}

/** A port given by number or by the name of one of the container's ports. */
export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port;
  if (/^[0-9]+$/.test(port)) return Number(port);
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

function fail(message: string): CheckResult {
  return { ok: false, message };
}
