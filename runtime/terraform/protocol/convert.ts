import type { MessageOf } from '../../util/protobuf';
import { decodeValue, encodeValue } from './cty';
import { type Diagnostic, DiagnosticError, type Diagnostics } from './diagnostics';
import type { PrivateData } from './resource';
import { parseExactJson, valueFromJson } from './state-json';
import { type CtyType, isObjectValue, type ObjectValue, type Value } from './value';
import type * as wire from './wire';

/** Between wire messages and values: nothing here knows what a resource is. */

type DynamicMessage = MessageOf<typeof wire.DynamicValue>;

/** An object of `type`, or null where Terraform sent null. */
export function objectFrom(message: DynamicMessage | undefined, type: CtyType): ObjectValue | null {
  const value = message?.msgpack?.length
    ? decodeValue(message.msgpack, type)
    : message?.json?.length
      ? valueFromJson(parseExactJson(Buffer.from(message.json).toString('utf8')), type)
      : null;
  return isObjectValue(value) ? value : null;
}

export function messageFrom(value: Value, type: CtyType): DynamicMessage {
  return { msgpack: encodeValue(value, type) };
}

export function diagnosticMessages(diagnostics: Diagnostics, type?: CtyType): MessageOf<typeof wire.Diagnostic>[] {
  return diagnostics.all.map((each) => ({
    severity: each.severity === 'error' ? 1 : 2,
    summary: each.summary,
    detail: each.detail ?? '',
    attribute: each.attribute && each.attribute.length > 0 ? pathMessage(each.attribute, type) : undefined,
  }));
}

/** The path in Terraform's steps: the schema tells a map's keys from an object's attributes. */
export function pathMessage(
  path: NonNullable<Diagnostic['attribute']>,
  type: CtyType = 'dynamic',
): MessageOf<typeof wire.AttributePath> {
  const steps: NonNullable<MessageOf<typeof wire.AttributePath>['steps']> = [];
  let at: CtyType = type;
  for (const step of path) {
    // An element of a set has no address; the set itself is the nearest place that has one.
    if (Array.isArray(at) && at[0] === 'set') break;
    if (typeof step === 'number') steps.push({ elementKeyInt: step });
    else if (Array.isArray(at) && at[0] === 'map') steps.push({ elementKeyString: step });
    else steps.push({ attributeName: step });
    at = childType(at, step);
  }
  return { steps };
}

function childType(type: CtyType, step: string | number): CtyType {
  if (typeof type === 'string') return 'dynamic';
  if (type[0] === 'object') return type[1][step] ?? 'dynamic';
  if (type[0] === 'tuple') return type[1][Number(step)] ?? 'dynamic';
  return type[1];
}

/** Adds a caught error: word for word where it was meant for the user, with the resource's name where it was not. */
export function addError(diagnostics: Diagnostics, error: unknown, what: string): void {
  if (error instanceof DiagnosticError) diagnostics.error(error.summary, error.detail, error.attribute);
  else diagnostics.error(`Cannot ${what}`, error instanceof Error ? error.message : String(error));
}

/** A resource's private bytes as JSON, readable and writable during one request. */
export class PrivateBytes implements PrivateData {
  private value: unknown;

  constructor(bytes: Uint8Array | undefined) {
    try {
      this.value = bytes?.length ? JSON.parse(Buffer.from(bytes).toString('utf8')) : undefined;
    } catch {
      // Written by another provider under this name: nothing of ours to resume.
      this.value = undefined;
    }
  }

  get(): unknown {
    return this.value;
  }

  set(value: unknown): void {
    this.value = value;
  }

  toBytes(): Buffer {
    return this.value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(this.value));
  }
}
