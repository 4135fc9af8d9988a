/** kubectl asks with an @ before the version, which is no media type that could be answered with. */
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * `/openapi/v2` without a schema: current clients take the schemas from v3 and leave validation to the server. kubectl
 * (1.35 as well) still asks for this document when it is given a `List`, and checks by itself only what it describes.
 * @param accept the request's header; kubectl asks for protobuf
 */
export function openApiV2(version: string, accept: string): { type: string; body: Buffer } {
  const [swagger, title] = ['2.0', 'orlop'];
  if (!accept.includes('proto-openapi.spec.v2')) {
    const document = { swagger, info: { title, version }, paths: {}, definitions: {} };
    return { type: 'application/json', body: Buffer.from(JSON.stringify(document)) };
  }
  const info = Buffer.concat([text(1, title), text(2, version)]);
  return { type: protobufType, body: Buffer.concat([text(1, swagger), field(2, info), field(8, Buffer.alloc(0))]) };
}

/** A length-delimited protobuf field of fewer than 128 bytes. */
function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
}

const text = (number: number, value: string) => field(number, Buffer.from(value));
