import type { ValidationRule } from './generated/types';

/**
 * A structural schema (as apiextensions.k8s.io/v1 defines it), with what Kubernetes' own types carry beyond it.
 * One engine defaults, prunes, validates, merges, applies and prints built-in and custom kinds alike.
 */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  title?: string;
  description?: string;
  example?: unknown;
  nullable?: boolean;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema | boolean;
  items?: StructuralSchema;
  required?: string[];
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  /** Value validations beyond those of the schema itself; they add no fields to it. */
  allOf?: StructuralSchema[];
  anyOf?: StructuralSchema[];
  oneOf?: StructuralSchema[];
  not?: StructuralSchema;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
  /** Texts are kept as they are written, whatever their format: the schema is a custom one. */
  'x-orlop-verbatim'?: boolean;
  /** A quantity (`resource.Quantity`): compared by value, kept in canonical form. */
  'x-orlop-quantity'?: boolean;
  /** Protobuf field number of this property in its parent, and wire type where it is not the usual one. */
  'x-orlop-proto'?: number;
  'x-orlop-wire'?: string;
  /** The field comes from a Go struct that is inline in JSON but nested in protobuf under this number, or these. */
  'x-orlop-inline'?: number | number[];
  /** A pointer in Go: an empty value was meant, where that of another field would mean nothing. */
  'x-orlop-pointer'?: boolean;
  /** How protobuf nests what JSON writes otherwise: a duration's text, a schema or a short form of one, a list of a named type. */
  'x-orlop-proto-form'?: 'duration' | 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStrings' | 'listMessage';
  /** Written even when empty, although not required (`status: {}`). */
  'x-orlop-keep-empty'?: boolean;
  /** A named type, shared: the schema stands once under this name and is referred to by it. */
  $ref?: string;
}
