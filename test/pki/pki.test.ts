import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { caHash, createCa } from '../../runtime/pki/ca';
import { readCertificate, renewAt } from '../../runtime/pki/certificate';
import { issue, issueKeyPair } from '../../runtime/pki/issue';
import { createKeyAndRequest, parseRequest } from '../../runtime/pki/request';

const now = Date.now();
const hour = 3600;

describe('a certificate authority', () => {
  it('is one, and its hash is that of its DER form', async () => {
    const ca = await createCa(now);
    const cert = new X509Certificate(ca.cert);
    expect(cert.ca).toBe(true);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(caHash(ca.cert)).toBe(cert.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  it('grants the names it was told to, not those of the request', async () => {
    const ca = await createCa(now);
    const { request } = await createKeyAndRequest({
      commonName: 'admin',
      organizations: ['system:masters'],
      dnsNames: ['evil.example'],
    });
    const cert = await issue(
      ca,
      {
        commonName: 'system:node:a',
        organizations: ['system:nodes'],
        usages: ['client'],
        validSeconds: hour,
      },
      request,
      now,
    );
    const info = readCertificate(cert);
    expect(info).toMatchObject({ commonName: 'system:node:a', organizations: ['system:nodes'], dnsNames: [] });
    expect(info.notAfter).toBe(Math.floor((now + hour * 1000) / 1000) * 1000);
    expect(renewAt(info)).toBeLessThan(info.notAfter);
    expect(new X509Certificate(cert).checkIssued(new X509Certificate(ca.cert))).toBe(true);
    expect(new X509Certificate(cert).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('does not let a certificate outlive it', async () => {
    const ca = await createCa(now);
    const pair = await issueKeyPair(
      ca,
      { commonName: 'x', organizations: [], usages: ['client'], validSeconds: 100 * 365 * 24 * hour },
      now,
    );
    expect(readCertificate(pair.cert).notAfter).toBe(readCertificate(ca.cert).notAfter);
  });

  it('keeps a name with separators in one part', async () => {
    const ca = await createCa(now);
    const pair = await issueKeyPair(
      ca,
      { commonName: 'a, O=system:masters', organizations: ['b+O=c'], usages: ['client'], validSeconds: hour },
      now,
    );
    expect(readCertificate(pair.cert)).toMatchObject({ commonName: 'a, O=system:masters', organizations: ['b+O=c'] });
  });

  it('makes pairs that TLS accepts on both sides, IP addresses included', async () => {
    const ca = await createCa(now);
    const server = await issueKeyPair(
      ca,
      { commonName: 's', organizations: [], usages: ['server'], ipAddresses: ['127.0.0.1'], validSeconds: hour },
      now,
    );
    const client = await issueKeyPair(
      ca,
      { commonName: 'c', organizations: ['o1', 'o2'], usages: ['client'], validSeconds: hour },
      now,
    );
    const listener = createServer({ ...server, ca: ca.cert, requestCert: true }, (socket) => {
      socket.end(`${socket.authorized} ${JSON.stringify(socket.getPeerCertificate().subject)}`);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const socket = connect({
      ...client,
      ca: ca.cert,
      host: '127.0.0.1',
      port: (listener.address() as AddressInfo).port,
    });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(socket, 'end');
    listener.close();
    expect(text).toBe('true {"O":["o1","o2"],"CN":"c"}');
  });
});

describe('a certificate request', () => {
  it('tells the names it asks for', async () => {
    const names = {
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      dnsNames: ['a'],
      ipAddresses: ['10.0.0.1'],
    };
    const { request } = await createKeyAndRequest(names);
    expect(await parseRequest(request)).toMatchObject(names);
  });

  it('is refused when it is damaged', async () => {
    await expect(parseRequest('hello')).rejects.toThrow('not a PEM-encoded PKCS#10 certificate request');
    const { request } = await createKeyAndRequest({ commonName: 'a', organizations: [] });
    const der = Buffer.from(request.split('\n').slice(1, -2).join(''), 'base64');
    der[der.length - 4] = (der[der.length - 4] as number) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await expect(parseRequest(forged)).rejects.toThrow('not signed by its own key');
  });
});
