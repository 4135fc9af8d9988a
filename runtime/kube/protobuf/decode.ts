import type { JsonObject } from '../schema-engine';
import { StatusError } from '../status-error';
import { magic, protobufSchema, readEnvelope } from './envelope';
import { codecOf } from './message';

/**
 * Reads an object from Kubernetes' protobuf form (`application/vnd.kubernetes.protobuf`) into what its JSON form would
 * be: fields that Go's encoder writes although they are empty are left out.
 *
 * @throws StatusError BadRequest for bytes that are none, or of a kind that is not built in
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic)) throw unreadable('it does not begin as Kubernetes protobuf does');
  try {
    const { apiVersion, kind, raw } = readEnvelope(body);
    const schema = protobufSchema(apiVersion, kind);
    if (!schema) throw unreadable(`no kind ${kind} of ${apiVersion} is known`);
    const content = codecOf(schema).read({ number: 0, integer: 0, bytes: raw }, 0) as JsonObject;
    return { apiVersion, kind, ...content };
  } catch (error) {
    if (error instanceof RangeError) throw unreadable(error.message);
    throw error;
  }
}

function unreadable(why: string): StatusError {
  return new StatusError('BadRequest', `the body of the request is not valid protobuf: ${why}`);
}
