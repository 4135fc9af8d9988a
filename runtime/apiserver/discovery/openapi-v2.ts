/** kubectl asks with an @ before the version, which is no media type that could be answered with. */
export const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * `/openapi/v2` in protobuf, without a type in it: only kubectl asks for that form, when it is given a `List`, and checks
 * by itself only what it describes; the schemas that it explains and the checks that it asks for are those of v3 and of
 * the server.
 */
export function openApiV2Protobuf(version: string): Buffer {
  const info = Buffer.concat([text(1, 'orlop'), text(2, version)]);
  return Buffer.concat([text(1, '2.0'), field(2, info), field(8, Buffer.alloc(0))]);
}

/** A length-delimited protobuf field of fewer than 128 bytes. */
function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
}

const text = (number: number, value: string) => field(number, Buffer.from(value));
