import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { selfSignedCertificate } from '../../../runtime/terraform/protocol/certificate';
import { createServer, listen } from '../../../runtime/terraform/protocol/grpc-server';
import { answerLine, magicCookie, readInvitation } from '../../../runtime/terraform/protocol/handshake';
import { methods } from '../../../runtime/terraform/protocol/wire';
import { decodeMessage, encodeMessage, many, map, message, one } from '../../../runtime/util/protobuf';
import { probe } from './fixtures';

test('the certificate is its own authority for localhost', () => {
  const { certificatePem, certificateDer } = selfSignedCertificate();
  const parsed = new X509Certificate(certificatePem);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.ca).toBe(true);
  expect(parsed.checkHost('localhost')).toBe('localhost');
  expect(parsed.raw.equals(certificateDer)).toBe(true);
  expect(Date.parse(parsed.validTo)).toBeGreaterThan(Date.now());
});

test('the handshake is refused with help to a person and to a Terraform that is too old', () => {
  expect(readInvitation({}, 'docker')).toMatchObject({
    refusal: expect.stringContaining('not meant to be run by hand'),
  });
  const old = { TF_PLUGIN_MAGIC_COOKIE: magicCookie, PLUGIN_PROTOCOL_VERSIONS: '4,5' };
  expect(readInvitation(old, 'docker')).toMatchObject({ refusal: expect.stringContaining('offers only 4, 5') });
});

test('the answer is one line with an unpadded certificate', () => {
  const invited = { TF_PLUGIN_MAGIC_COOKIE: magicCookie, PLUGIN_PROTOCOL_VERSIONS: '6,5', PLUGIN_CLIENT_CERT: 'pem' };
  expect(readInvitation(invited, 'docker')).toEqual({
    clientCertificate: 'pem',
    socketDirectory: undefined,
    multiplex: false,
  });
  expect(answerLine('unix', '/tmp/s', Buffer.from('abcd'), false)).toBe('1|6|unix|/tmp/s|grpc|YWJjZA\n');
});

test('protobuf messages come back as they went in, unknown fields skipped', () => {
  const inner = message({ n: one(1, 'int') });
  const type = message({
    s: one(1, 'string'),
    b: one(2, 'bool'),
    all: many(3, inner),
    by: map(4, inner),
    raw: one(5, 'bytes'),
  });
  const value = {
    s: 'ä',
    b: true,
    all: [{ n: 0 }, { n: -1 }, { n: 2 ** 40 }],
    by: { a: { n: 300 } },
    raw: Buffer.from([0, 255]),
  };
  const bytes = encodeMessage(type, value);
  expect(decodeMessage(type, bytes)).toEqual(value);
  expect(decodeMessage(message({ s: one(1, 'string') }), bytes)).toEqual({ s: 'ä' });
  expect(() => decodeMessage(type, bytes.subarray(0, bytes.length - 1))).toThrow('protobuf');
});

describe('served', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orlop-test-'));
  const own = selfSignedCertificate();
  const terraform = selfSignedCertificate();
  let shutdowns = 0;
  const server = createServer(Promise.resolve(probe().session), () => shutdowns++);
  const connect = (as: typeof own) =>
    new Client(
      `unix:${directory}/s`,
      credentials.createSsl(Buffer.from(own.certificatePem), Buffer.from(as.keyPem), Buffer.from(as.certificatePem)),
      { 'grpc.ssl_target_name_override': 'localhost', 'grpc.enable_retries': 0 },
    );
  const call = (client: Client, path: string, request: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      const same = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(path, same, same, request, (error: ServiceError | null, response?: Buffer) =>
        error || !response ? reject(error) : resolve(response),
      );
    });
  let client: Client;

  beforeAll(async () => {
    await listen(server, `unix:${directory}/s`, { ...own, clientPem: terraform.certificatePem });
    client = connect(terraform);
  });

  afterAll(() => {
    client.close();
    server.forceShutdown();
    rmSync(directory, { recursive: true });
  });

  test('the schema is answered to the one client that was invited', async () => {
    const bytes = await call(client, '/tfplugin6.Provider/GetProviderSchema', Buffer.alloc(0));
    const schema = decodeMessage(methods.GetProviderSchema.response, bytes);
    expect(schema.resources?.probe_file?.block?.attributes?.map((each) => each.name)).toContain('content');
  });

  test('nobody else is let in', async () => {
    const stranger = connect(selfSignedCertificate());
    await expect(call(stranger, '/tfplugin6.Provider/GetProviderSchema', Buffer.alloc(0))).rejects.toThrow();
    stranger.close();
  });

  test('requests of later protocol versions are unimplemented', async () => {
    await expect(call(client, '/tfplugin6.Provider/ListResource', Buffer.alloc(0))).rejects.toMatchObject({ code: 12 });
  });

  test('a resource that is not there is an error of the request', async () => {
    const request = encodeMessage(methods.ReadResource.request, { typeName: 'probe_none' });
    await expect(call(client, '/tfplugin6.Provider/ReadResource', request)).rejects.toMatchObject({
      details: expect.stringContaining('this provider has no resource probe_none'),
    });
  });

  test('health is well and Shutdown is answered before it is done', async () => {
    expect(await call(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0))).toEqual(Buffer.from([8, 1]));
    expect(await call(client, '/plugin.GRPCController/Shutdown', Buffer.alloc(0))).toEqual(Buffer.alloc(0));
    expect(shutdowns).toBe(1);
  });
});
