import { createPublicKey, verify } from 'node:crypto';
import { DerReader } from './der';
import { pemBlocks } from './pem';

/** Signature algorithms by their object identifier (hex of its DER content), with the hash that node:crypto is told. */
const algorithms = new Map<string, string | null>([
  ['2a864886f70d010105', 'sha1'], // RSA; enough to prove that who asks holds the key
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'], // ECDSA
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null], // Ed25519
]);

const blockType = 'CERTIFICATE REQUEST';

/** What is wrong with a certificate request (PEM in base64, as `spec.request` has it); undefined for a good one. */
export function signingRequestProblem(base64: string): string | undefined {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
  if (block?.type !== blockType) return `PEM block type must be ${blockType}`;
  try {
    return signatureHolds(block.bytes) ? undefined : 'x509: the signature of the request does not fit its key';
  } catch (error) {
    return `asn1: ${(error as Error).message}`;
  }
}

/**
 * Whether a PKCS#10 request is signed with the key that it is for.
 * @throws Error for bytes that are no request, or a signature of a kind that is not known
 */
function signatureHolds(der: Buffer): boolean {
  const request = new DerReader(der).enter('sequence');
  const info = request.read('sequence');
  const algorithm = request.enter('sequence').read('oid').content.toString('hex');
  const signature = request.read('bitString').content;
  const fields = new DerReader(info.whole).enter('sequence');
  fields.read('integer');
  fields.read('sequence');
  const key = createPublicKey({ key: fields.read('sequence').whole, format: 'der', type: 'spki' });
  const hash = algorithms.get(algorithm);
  if (hash === undefined) throw new Error(`the signature algorithm (object identifier ${algorithm}) is not supported`);
  // The first byte of a bit string says how many bits of its last one do not count: none, in a signature.
  return verify(hash, info.whole, key, signature.subarray(1));
}

const organization = '55040a';

/**
 * The organizations that a certificate request (PEM in base64) names, which are the groups of who gets the certificate.
 * @throws Error for what is no request
 */
export function requestedOrganizations(base64: string): string[] {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
  if (block?.type !== blockType) throw new Error(`PEM block type must be ${blockType}`);
  const fields = new DerReader(block.bytes).enter('sequence').enter('sequence');
  fields.read('integer');
  const found: string[] = [];
  for (const names = fields.enter('sequence'); !names.isDone; ) {
    for (const set = names.enter('set'); !set.isDone; ) {
      const attribute = set.enter('sequence');
      if (attribute.read('oid').content.toString('hex') === organization)
        found.push(attribute.readAny().toString('utf8'));
    }
  }
  return found;
}
