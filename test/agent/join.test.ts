import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Credentials } from '../../runtime/agent/credentials';
import { parseJoinToken } from '../../runtime/agent/join';
import { caHash, createCa } from '../../runtime/pki/ca';
import { issue, issueKeyPair } from '../../runtime/pki/issue';
import type { KeyPair } from '../../runtime/pki/pki';
import { parseRequest } from '../../runtime/pki/request';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

const bearer = 'abcdef.0123456789abcdef';
const month = 30 * 24 * 3600;
jest.setTimeout(60_000);
let ca: KeyPair;
let server: Server;
let serverUrl: string;
let folder: string;
let clock: FakeClock;
/** Who asked, by token or certificate, and what the requests proved. */
let joins: string[];
let shownCa: string;

beforeAll(async () => {
  ca = await createCa(Date.now());
  const serving = await issueKeyPair(
    ca,
    { commonName: 's', organizations: [], ipAddresses: ['127.0.0.1'], usages: ['server'], validSeconds: 3600 },
    Date.now(),
  );
  server = createServer(
    { ...serving, ca: ca.cert, requestCert: true, rejectUnauthorized: false },
    async (request, response) => {
      if (request.url === '/ca') return response.end(shownCa);
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as { nodeName: string; clientRequest: string; servingRequest: string };
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      const by = request.headers.authorization ?? `certificate ${subject?.CN}`;
      const parsed = await parseRequest(body.clientRequest);
      joins.push(`${by} for ${body.nodeName}: ${parsed.commonName} ${parsed.organizations}`);
      if (by !== `Bearer ${bearer}` && !subject?.CN)
        return response.writeHead(401).end(JSON.stringify({ message: 'Unauthorized' }));
      const grant = {
        commonName: `system:node:${body.nodeName}`,
        organizations: ['system:nodes'],
        validSeconds: month,
      };
      const sign = (usage: 'client' | 'server', request: string) =>
        issue(ca, { ...grant, usages: [usage] }, request, clock.now());
      response.end(
        JSON.stringify({
          ca: ca.cert,
          clientCertificate: await sign('client', body.clientRequest),
          servingCertificate: await sign('server', body.servingRequest),
        }),
      );
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  serverUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  joins = [];
  shownCa = ca.cert;
  clock = new FakeClock(Date.now());
  folder = mkdtempSync(joinPath(tmpdir(), 'orlop-join-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tokenFile = () => joinPath(folder, 'token');
const open = (warned: string[] = []) =>
  Credentials.open({
    config: { nodeName: 'n1', serverUrl, dataDir: folder, joinTokenFile: tokenFile() },
    clock,
    logger: { ...silentLogger, warn: (fields) => warned.push(String(fields.error)) },
  });
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};

test('a node joins with its token, keeps its certificates to itself, and uses the token up', async () => {
  writeFileSync(tokenFile(), `${caHash(ca.cert)}.${bearer}\n`);
  const credentials = await open();
  expect(joins).toEqual([`Bearer ${bearer} for n1: system:node:n1 system:nodes`]);
  expect(credentials.current.ca).toBe(ca.cert);
  expect(existsSync(tokenFile())).toBe(false);
  expect(statSync(joinPath(folder, 'identity.json')).mode & 0o777).toBe(0o600);
  credentials.close();
  const again = await open();
  expect(again.current).toEqual(credentials.current);
  expect(joins).toHaveLength(1);
  again.close();
});

test('another CA than the token names gets no secret; the node goes on trying', async () => {
  writeFileSync(tokenFile(), `${caHash(ca.cert)}.${bearer}`);
  const other = await createCa(Date.now());
  shownCa = other.cert;
  const warned: string[] = [];
  const opening = open(warned);
  await until(() => warned.length === 1);
  expect(warned[0]).toContain(`shows a CA with hash ${caHash(other.cert)}, the join token names ${caHash(ca.cert)}`);
  expect(joins).toEqual([]);
  shownCa = ca.cert;
  await clock.advance(500);
  (await opening).close();
  expect(joins).toHaveLength(1);
});

test('certificates are renewed with the old ones after two thirds of their life, without a restart', async () => {
  writeFileSync(tokenFile(), `${caHash(ca.cert)}.${bearer}`);
  const credentials = await open();
  const first = credentials.current;
  const renewed: string[] = [];
  credentials.onRenewed(({ client }) => renewed.push(client.cert));
  await clock.advance(19 * 24 * 3600_000);
  expect(joins).toHaveLength(1);
  await clock.advance(2 * 24 * 3600_000);
  await until(() => renewed.length === 1);
  expect(joins.at(-1)).toBe('certificate system:node:n1 for n1: system:node:n1 system:nodes');
  expect(credentials.current.client.cert).toBe(renewed[0]);
  expect(credentials.current.client.key).not.toBe(first.client.key);
  expect(JSON.parse(readFileSync(joinPath(folder, 'identity.json'), 'utf8'))).toEqual(credentials.current);
  credentials.close();
});

test.each(['', 'abcdef.0123456789abcdef', `${'0'.repeat(63)}.${bearer}`, `${'0'.repeat(64)}.${bearer}x`])(
  '%j is no join token, and an error does not repeat it',
  (text) => {
    expect(() => parseJoinToken(text)).toThrow('the join token is not of the form');
    if (text) expect(() => parseJoinToken(text)).not.toThrow(text);
  },
);
