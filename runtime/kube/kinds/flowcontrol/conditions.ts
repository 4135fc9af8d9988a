import { duplicate, required } from '../../field-errors';
import type { FieldError } from '../../kind';

/** The conditions of a FlowSchema or PriorityLevelConfiguration: each has a type, and no type is there twice. */
export function checkFlowConditions(conditions: Array<{ type?: string }> | undefined): FieldError[] {
  const seen = new Set<string>();
  return (conditions ?? []).flatMap(({ type = '' }, index) => {
    const at = `status.conditions[${index}].type`;
    const errors = seen.has(type) ? [duplicate(at, type)] : [];
    seen.add(type);
    return type ? errors : [...errors, required(at, 'must not be empty')];
  });
}
