import { estimateLimit, RuleSet } from '../../../cel';
import { forbidden, invalid, notSupported, required } from '../../../field-errors';
import type { JSONSchemaProps, ValidationRule } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import type { StructuralSchema } from '../../../schema';

/** Where a schema with rules stands. */
export interface RulePlace {
  isRoot: boolean;
  /** How many values one object may have there. */
  count: number;
  /** The list whose items cannot be told to be the same before and after an update, if the schema is below one. */
  uncorrelatable?: string;
}

const reasons = ['FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired', 'FieldValueDuplicate'];

/** Checks the `x-kubernetes-validations` of a schema that is valid otherwise: they are compiled and their cost estimated. */
export function checkSchemaRules(schema: JSONSchemaProps, field: string, place: RulePlace): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  const at = (index: number) => `${field}.x-kubernetes-validations[${index}]`;
  const errors = rules.flatMap((rule, index) => checkTexts(rule, at(index), schema));
  if (errors.length > 0) return errors;
  const set = new RuleSet(schema as StructuralSchema, place.isRoot);
  for (const { index, field: part, text } of set.problems) {
    errors.push(invalid(`${at(index)}.${part}`, rules[index]?.[part], `compilation failed: ${text}`));
  }
  for (const { rule, usesOld, cost } of set.rules) {
    const where = `${at(rules.indexOf(rule))}.rule`;
    if (usesOld && place.uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
      errors.push(invalid(where, rule.rule, why));
    }
    if (rule.optionalOldSelf !== undefined && !usesOld) {
      errors.push(
        invalid(
          where.replace(/rule$/, 'optionalOldSelf'),
          rule.optionalOldSelf,
          'may not be set if oldSelf is not used in rule',
        ),
      );
    }
    const factor = (cost * place.count) / estimateLimit;
    if (factor > 1) errors.push(forbidden(where, tooCostly(factor)));
  }
  return errors;
}

function tooCostly(factor: number): string {
  const times = factor > 100 ? 'more than 100x' : `${factor.toFixed(1)}x`;
  return `estimated rule cost exceeds budget by factor of ${times} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function checkTexts(rule: ValidationRule, field: string, schema: JSONSchemaProps): FieldError[] {
  const errors: FieldError[] = [];
  const { message, messageExpression, reason, fieldPath } = rule;
  const text = rule.rule?.trim() ?? '';
  if (text === '') errors.push(required(`${field}.rule`, 'rule is not specified'));
  if (message !== undefined && message.trim() === '') {
    errors.push(invalid(`${field}.message`, message, 'message must be non-empty if specified'));
  } else if (message?.includes('\n')) {
    errors.push(invalid(`${field}.message`, message, 'message must not contain line breaks'));
  } else if (text.includes('\n') && message === undefined) {
    errors.push(required(`${field}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== undefined && messageExpression.trim() === '') {
    errors.push(required(`${field}.messageExpression`, 'must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${field}.reason`, reason, reasons));
  if (fieldPath !== undefined && !leadsToField(fieldPath, schema)) {
    errors.push(
      invalid(`${field}.fieldPath`, fieldPath, 'fieldPath must be a valid path: does not refer to a valid field'),
    );
  }
  return errors;
}

/** `.spec.replicas`, `['a-b'].c`: a path over fields and map keys, not over list items. */
function leadsToField(path: string, schema: JSONSchemaProps): boolean {
  const steps = [...path.matchAll(/\.([A-Za-z_]\w*)|\['([^']+)'\]/gy)];
  if (steps.map(([step]) => step).join('') !== path || steps.length === 0) return false;
  let at: JSONSchemaProps | undefined = schema;
  for (const [, plain, quoted] of steps) {
    const rest: JSONSchemaProps['additionalProperties'] = at?.additionalProperties;
    at = typeof rest === 'object' ? rest : at?.properties?.[plain ?? quoted ?? ''];
  }
  return at !== undefined;
}
