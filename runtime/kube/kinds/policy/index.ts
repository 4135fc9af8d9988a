import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { podDisruptionBudgetKind } from './pod-disruption-budget';

export const policyKinds: readonly Kind[] = [anyKind(podDisruptionBudgetKind)];
