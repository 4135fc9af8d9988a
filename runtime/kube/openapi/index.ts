export { type DescribedKind, groupVersionPath, openApiDocument, openApiIndex } from './document';
export type { OpenApi } from './schemas';
export { swaggerDocument } from './swagger';
export { encodeSwagger } from './swagger-protobuf';
