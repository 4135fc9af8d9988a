export * from './definition';
export { parseJsonPath } from './json-path';
export { customKinds, storedKind } from './kinds';
