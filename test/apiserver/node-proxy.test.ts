import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import WebSocket, { WebSocketServer } from 'ws';
import { limitsOf } from '../../runtime/apiserver/http/limits';
import { createCa } from '../../runtime/pki/ca';
import { issueKeyPair } from '../../runtime/pki/issue';
import { bind, pod, podsPath, TestServer } from './harness';

/** What a node's agent does, over real TLS: it echoes. */
class FakeAgent {
  readonly asked: string[] = [];
  readonly callers: string[] = [];
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(certificateOf: TestServer, name: string, ca = certificateOf.ca): Promise<FakeAgent> {
    const grant = { commonName: `system:node:${name}`, organizations: [], dnsNames: [name], validSeconds: 3600 };
    const pair = await issueKeyPair(ca, { ...grant, usages: ['server'] }, Date.now());
    const server = createServer({ ...pair, ca: certificateOf.ca.cert, requestCert: true, rejectUnauthorized: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new FakeAgent(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => {
      agent.note(request.url ?? '', request.socket as TLSSocket);
      if (request.url?.includes('/redirects/'))
        return response.writeHead(302, { location: 'https://127.0.0.1/' }).end();
      if (request.url?.includes('/absent/')) return response.writeHead(404).end('container "main" not found');
      response.writeHead(200);
      response.write('one\n');
      if (!request.url?.includes('follow=true')) response.end('two\n');
      else request.once('close', () => agent.asked.push('closed'));
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
    server.on('upgrade', (request, socket, head) => {
      agent.note(request.url ?? '', socket as TLSSocket);
      if (request.url?.includes('/absent/'))
        return socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\n\r\nnot running');
      if (request.url?.includes('/redirects/'))
        return socket.end('HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/\r\ncontent-length: 0\r\n\r\n');
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('message', (data: Buffer) => (data.toString() === 'bye' ? ws.close() : ws.send(`echo ${data}`)));
      });
    });
    return agent;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private note(url: string, socket: TLSSocket): void {
    this.asked.push(url);
    this.callers.push(JSON.stringify(socket.getPeerCertificate().subject));
  }
}

let server: TestServer;
let agent: FakeAgent;
beforeAll(async () => {
  const limits = { ...limitsOf({ openFiles: 4096, memoryBytes: 2 ** 30 }), sessions: 8 };
  server = await TestServer.start({ limits, dial: () => connect(agent.port, '127.0.0.1') });
  agent = await FakeAgent.start(server, 'n1');
  await server.post('/api/v1/nodes', { metadata: { name: 'n1' } });
  await address('10.0.0.1');
  for (const name of ['web', 'absent', 'redirects']) {
    await server.post(podsPath, pod(name));
    await bind(server, name, 'n1');
  }
});
afterAll(async () => {
  agent.stop();
  await server.stop();
});

const address = (ip: string) =>
  server.patch('/api/v1/nodes/n1/status', 'merge', { status: { addresses: [{ type: 'InternalIP', address: ip }] } });

describe('logs', () => {
  it("are the agent's, asked for with the server's own certificate", async () => {
    const answer = await server.get(
      `${podsPath}/web/log?tailLines=5&timestamps=true&insecureSkipTLSVerifyBackend=true`,
    );
    expect(answer).toMatchObject({ status: 200, text: 'one\ntwo\n' });
    expect(answer.headers['content-type']).toBe('text/plain');
    expect(agent.asked.at(-1)).toBe('/containerLogs/default/web/main?timestamps=true&tailLines=5');
    expect(agent.callers.at(-1)).toBe('{"O":"system:masters","CN":"system:apiserver"}');
    expect((await server.get(`${podsPath}/web/log`, { http2: true })).text).toBe('one\ntwo\n');
  });

  it('that are followed end at the agent when the client goes', async () => {
    const { request } = await import('node:https');
    const call = request({
      host: '127.0.0.1',
      port: server.port,
      path: `${podsPath}/web/log?follow=true`,
      agent: false,
      ...server.tls({}),
    });
    call.on('error', () => {});
    call.end();
    const [response] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('one\n');
    response.destroy();
    while (agent.asked.at(-1) !== 'closed') await new Promise((resolve) => setImmediate(resolve));
  });

  it('that are open at once are bounded for one user', async () => {
    const path = `${podsPath}/web/log?follow=true`;
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, server.tls({}));
    const follow = async () => {
      const stream = session
        .request({ ':path': path })
        .on('error', () => {})
        .resume();
      const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
      return { stream, status: headers[':status'] };
    };
    const open = [await follow(), await follow()];
    expect((await follow()).status).toBe(429);
    const other = await server.identity('other', ['system:masters']);
    expect((await server.get(`${podsPath}/web/log`, { as: other })).status).toBe(200);
    open[0]?.stream.close();
    let again = await follow();
    while (again.status === 429) again = await follow();
    expect(again.status).toBe(200);
    session.destroy();
  });

  it("come with the agent's own words when it has none, and never by a redirect", async () => {
    expect((await server.get(`${podsPath}/absent/log`)).json).toMatchObject({
      code: 404,
      message: 'container "main" not found',
    });
    expect((await server.get(`${podsPath}/redirects/log`)).json).toMatchObject({ code: 500, reason: 'InternalError' });
  });

  it('need a pod that is bound, and a container that it has', async () => {
    await server.post(podsPath, pod('unbound'));
    expect((await server.get(`${podsPath}/unbound/log`)).json.message).toBe(
      'pod unbound does not have a host assigned',
    );
    expect((await server.get(`${podsPath}/web/log?container=x`)).json.message).toBe(
      'container x is not valid for pod web',
    );
    await server.post(
      podsPath,
      pod('two', {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      }),
    );
    expect((await server.get(`${podsPath}/two/log`)).json.message).toBe(
      'a container name must be specified for pod two, choose one of: [a b]',
    );
    expect((await server.get(`${podsPath}/none/log`)).status).toBe(404);
  });

  it.each(['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1'])('are not asked for at %s', async (ip) => {
    const before = agent.asked.length;
    await address(ip);
    expect((await server.get(`${podsPath}/web/log`)).json.message).toContain('no unicast address of a network');
    expect(agent.asked).toHaveLength(before);
    await address('10.0.0.1');
  });

  it('are not taken from whoever has no certificate of that node', async () => {
    const real = agent;
    for (const impostor of [
      await FakeAgent.start(server, 'n2'),
      await FakeAgent.start(server, 'n1', await createCa(Date.now())),
    ]) {
      agent = impostor;
      const answer = await server.get(`${podsPath}/web/log`);
      expect(answer.json).toMatchObject({ code: 503, message: expect.stringContaining('error dialing backend') });
      expect(impostor.asked).toEqual([]);
      impostor.stop();
    }
    agent = real;
  });
});

describe('exec', () => {
  const open = (path: string, as = server.admin) =>
    new WebSocket(
      `wss://127.0.0.1:${server.port}${path}`,
      ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
      server.tls({ as }),
    );

  /** The answer to a handshake that did not become a session. */
  async function refused(socket: WebSocket): Promise<{ status: number; message: string }> {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, import('node:http').IncomingMessage];
    let text = '';
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode ?? 0, message: JSON.parse(text).message };
  }

  it('is one connection from client to agent', async () => {
    const socket = open(`${podsPath}/web/exec?command=sh&command=-c&stdin=true&stdout=true&tty=false&evil=1`);
    await once(socket, 'open');
    expect(socket.protocol).toBe('v5.channel.k8s.io');
    expect(agent.asked.at(-1)).toBe('/exec/default/web/main?command=sh&command=-c&stdin=true&stdout=true&tty=false');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('echo hello');
    socket.send('bye');
    await once(socket, 'close');
  });

  it('that the agent refuses is an answer, not a session', async () => {
    expect(await refused(open(`${podsPath}/absent/exec?command=sh`))).toEqual({ status: 400, message: 'not running' });
    expect(await refused(open(`${podsPath}/none/exec?command=sh`))).toMatchObject({ status: 404 });
  });

  it('follows no redirect of the agent', async () => {
    const before = agent.asked.length;
    expect(await refused(open(`${podsPath}/redirects/exec?command=sh`))).toMatchObject({ status: 500 });
    expect(agent.asked).toHaveLength(before + 1);
  });

  it('is for who may create, whatever the method', async () => {
    const before = agent.asked.length;
    const node = await server.node('n1');
    expect(await refused(open(`${podsPath}/web/exec?command=sh`, node))).toMatchObject({
      status: 403,
      message: expect.stringContaining('cannot create resource "pods/exec"'),
    });
    expect(agent.asked).toHaveLength(before);
  });

  it('is for WebSocket clients', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const spdy = await server.post(`${podsPath}/web/exec?command=sh`, undefined, { headers: upgrade });
    expect(spdy.json).toMatchObject({ code: 400, message: expect.stringContaining('only over WebSocket') });
    expect((await server.get(`${podsPath}/web/exec?command=sh`)).json.message).toContain('Upgrade request required');
    const other = await server.get('/api/v1/namespaces', { headers: { ...upgrade, upgrade: 'websocket' } });
    expect(other.status).toBe(404);
  });
});
