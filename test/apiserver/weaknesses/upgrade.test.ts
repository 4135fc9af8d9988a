import { connect } from 'node:tls';
import { pod, podsPath, TestServer } from '../harness';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

/** Sends text over one connection of HTTP/1.1 and gives all that comes back until the server closes it. */
function talk(text: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: server.port, ALPNProtocols: ['http/1.1'], ...server.tls({}) };
    const socket = connect(options, () => socket.write(text));
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.once('error', () => {}).once('close', () => resolve(received));
  });
}

const upgrade =
  'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const second = 'GET /api/v1/namespaces/kube-system/secrets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** CVE-2018-1002105: after an upgrade that failed the connection must carry nothing more. */
it.each([
  ['of what is no upgrade', `GET ${podsPath} HTTP/1.1\r\n${upgrade}`],
  ['of a pod that is not there', `GET ${podsPath}/none/exec?command=id HTTP/1.1\r\n${upgrade}`],
  ['of a pod that is on no node', `GET ${podsPath}/p/exec?command=id HTTP/1.1\r\n${upgrade}`],
])('a failed upgrade %s ends the connection', async (_what, request) => {
  await server.post(podsPath, pod('p'));
  const received = await talk(request + second);
  expect(received).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(received).not.toContain('SecretList');
});

/** Two ways to say how long a body is: whoever stands before the server may read it differently. */
it.each([
  ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd'],
  ['a length that is no number', 'Content-Length: 4x\r\n\r\nabcd'],
  ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['a name with a space', 'Content-Length : 4\r\n\r\nabcd'],
  ['a folded header', 'X-A: 1\r\n Content-Length: 40\r\nContent-Length: 0\r\n\r\n'],
])('a request with %s is refused, and what follows it is no request', async (_what, rest) => {
  const received = await talk(`POST ${podsPath} HTTP/1.1\r\nHost: localhost\r\n${rest}${second}`);
  expect(received).not.toContain('SecretList');
  expect(received).toMatch(/^(HTTP\/1\.1 400 |$)/);
});

it('headers without an end are refused', async () => {
  expect(await talk(`GET /version HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(200_000)}`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
});
