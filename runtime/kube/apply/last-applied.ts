import type { AnyObject } from '../object';
import type { SchemaNode } from '../schema-engine/compile';
import { isObject } from '../schema-engine/walk';
import { compare } from './compare';
import { difference, EMPTY, type FieldSet, union } from './field-set';
import { fieldsOf } from './fields-of';

/** Where client-side apply keeps what was applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** All annotations of an object together may have so many bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

/**
 * The fields that client-side apply set and that still have its value: those an apply from the server's side may take
 * over without a conflict, since they come from the same person.
 */
export function fieldsFromClientSideApply(node: SchemaNode, live: AnyObject): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text) return EMPTY;
  let lastApplied: unknown;
  try {
    lastApplied = JSON.parse(text);
  } catch {
    return EMPTY;
  }
  if (!isObject(lastApplied)) return EMPTY;
  const { added, modified, removed } = compare(node, lastApplied, live);
  return difference(fieldsOf(node, lastApplied), union(union(added, modified), removed));
}

/** Keeps the annotation of client-side apply true where an object has it, so that one can go back. */
export function withLastApplied(object: AnyObject, applied: AnyObject): AnyObject {
  const annotations = object.metadata.annotations;
  if (annotations?.[LAST_APPLIED] === undefined) return object;
  const { [LAST_APPLIED]: _, ...appliedAnnotations } = applied.metadata.annotations ?? {};
  const text = `${JSON.stringify({ ...applied, metadata: { ...applied.metadata, annotations: appliedAnnotations } })}\n`;
  const total = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, text.length);
  const value = total > MAX_ANNOTATIONS ? '' : text;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: value } } };
}
