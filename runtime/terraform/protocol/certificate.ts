import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and a certificate signed by it. */
export interface SelfSigned {
  keyPem: string;
  certificatePem: string;
  certificateDer: Buffer;
}

/** DER: a value of type `tag`, made of `parts`. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const setOf = (...parts: Buffer[]) => der(0x31, ...parts);
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const yes = der(0x01, Buffer.of(0xff));
const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const bits = (bytes: Buffer, unused = 0) => der(0x03, Buffer.of(unused), bytes);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const extension = (id: string, value: Buffer, critical = false) =>
  sequence(oid(id), ...(critical ? [yes] : []), der(0x04, value));

/**
 * The certificate of one run of the provider, as go-plugin's AutoMTLS wants it: its own authority, for `localhost`, for
 * both ends of a connection. Written by hand because a certificate library takes longer to load than all the rest.
 */
export function selfSignedCertificate(now = new Date()): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const name = sequence(
    setOf(sequence(oid('2.5.4.10'), utf8('orlop'))),
    setOf(sequence(oid('2.5.4.3'), utf8('localhost'))),
  );
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const keyId = createHash('sha1').update(spki).digest();
  const extensions = sequence(
    // digitalSignature, keyEncipherment, keyAgreement, keyCertSign
    extension('2.5.29.15', bits(Buffer.of(0b10101100), 2), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'), oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.19', sequence(yes), true),
    extension('2.5.29.14', der(0x04, keyId)),
    extension('2.5.29.17', sequence(der(0x82, Buffer.from('localhost')))),
  );
  const hour = 3_600_000;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    ecdsaSha256,
    name,
    sequence(time(new Date(now.getTime() - hour)), time(new Date(now.getTime() + 30 * 24 * hour))),
    name,
    spki,
    der(0xa3, extensions),
  );
  const certificateDer = sequence(content, ecdsaSha256, bits(sign('sha256', content, privateKey)));
  const base64 = certificateDer.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    certificateDer,
  };
}
