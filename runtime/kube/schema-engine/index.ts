export { type DecodeLimits, decodeJson, decodeJsonObject } from './decode';
export { applySchemaDefaults } from './defaulting';
export { fieldProblems, normalize } from './normalize';
export { formatMicroTime, formatTime, parseTimestamp } from './timestamps';
export { type ValidationOptions, validateSchema } from './validation';
export { cloneJson, equalJson, isObject, type JsonObject } from './walk';
