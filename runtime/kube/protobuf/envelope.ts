import type { StructuralSchema } from '../schema';
import { schemaOf, schemaOfType, typeNameOf } from '../schemas';
import { bytesOf, readFields } from './wire';

/** What every body in Kubernetes' protobuf form begins with. */
export const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Kinds of no group of their own; DeleteOptions come under the version of what is deleted. */
const metaKinds = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'DeleteOptions',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
  'Status',
]);

/** The schema by which a kind stands in protobuf; undefined for one that has no such form. */
export function protobufSchema(apiVersion: string, kind: string): StructuralSchema | undefined {
  if (typeNameOf(apiVersion, kind) !== undefined) return schemaOf(apiVersion, kind);
  return metaKinds.has(kind) ? schemaOfType(`${meta}.${kind}`) : undefined;
}

/** Takes a body apart. @throws RangeError where the bytes are no message */
export function readEnvelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const found = { apiVersion: '', kind: '', raw: Buffer.alloc(0) as Buffer };
  for (const field of readFields(bytes.subarray(magic.length))) {
    if (field.number === 2) found.raw = bytesOf(field);
    if (field.number !== 1) continue;
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) found.apiVersion = bytesOf(part).toString('utf8');
      if (part.number === 2) found.kind = bytesOf(part).toString('utf8');
    }
  }
  return found;
}
