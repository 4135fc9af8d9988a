export { decodeProtobuf } from './decode';
export { encodeMessage, encodeProtobuf, encodeProtobufList, encodeWatchFrame, inEnvelope } from './encode';
