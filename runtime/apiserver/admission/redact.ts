import type { FieldError, Kind } from '../../kube/kind';
import { redacted } from '../../kube/kinds/core/secret';

/** The errors with no value of a Secret in them: messages reach logs, terminals and plans. */
export function redact(kind: Kind, errors: readonly FieldError[]): FieldError[] {
  if (kind.resource.group !== '' || kind.resource.kind !== 'Secret') return [...errors];
  return errors.map((error) => (isSecretData(error) && 'value' in error ? { ...error, value: redacted } : error));
}

/** A value of `data`, or all of it. The name of a key is no secret, and a rule about it needs to show it. */
function isSecretData({ field, value }: FieldError): boolean {
  if (!/^(data|stringData)\b/.test(field)) return false;
  return typeof value !== 'string' || field !== `data[${value}]`;
}
