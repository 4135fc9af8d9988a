export { customRules } from './custom-rules';
export { type DecodeLimits, decodeJson, decodeJsonObject } from './decode';
export { applySchemaDefaults } from './defaulting';
export { knownFormats } from './formats';
export { duplicateField, normalize, unknownField } from './normalize';
export { compilePattern, PatternBudgetExceeded, withPatternBudget } from './pattern';
export { formatMicroTime, formatTime, parseTimestamp } from './timestamps';
export { type ValidationOptions, type VisitedValue, validateSchema } from './validation';
export { cloneJson, equalJson, isObject, type JsonObject } from './walk';
