export { type Charged, type ChargeRequest, checkQuota, refunded } from './charge';
export type { QuotaEvaluator } from './evaluator';
export { evaluatorOf, inScopes, recalculated, sameAmounts, totalUsage } from './quota';
