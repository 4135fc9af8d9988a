#!/usr/bin/env node
// Writes runtime/kube/generated/schemas.ts: structural schemas of the kinds in tools/served-kinds.json and everything
// they refer to, from the published facts about Kubernetes' API types (tools/kubernetes-api.json).
import { readFileSync } from 'node:fs';
import { put } from './generated-file.mjs';

const root = new URL('..', import.meta.url);
const facts = JSON.parse(readFileSync(new URL('tools/kubernetes-api.json', root), 'utf8'));
const served = JSON.parse(readFileSync(new URL('tools/served-kinds.json', root), 'utf8'));

// Types that stand for one value: written where they are used, never referred to.
const scalars = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'micro-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { 'x-orlop-quantity': true },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

// Defaults that the published definitions carry and the facts file lost: they complete the keys of map lists.
const defaults = {
  'io.k8s.api.core.v1.ContainerPort': { protocol: 'TCP' },
  'io.k8s.api.core.v1.ServicePort': { protocol: 'TCP' },
};

const wanted = new Map();
function refer(type) {
  if (!wanted.has(type)) {
    wanted.set(type, undefined);
    queue.push(type);
  }
  return { $ref: type };
}
const queue = [];

function schemaOfType(t) {
  if (t === 'string') return { type: 'string' };
  if (t === 'bytes') return { type: 'string', format: 'byte' };
  if (t === 'bool') return { type: 'boolean' };
  if (t === 'float64' || t === 'float32') return { type: 'number', format: 'double' };
  if (t === 'int64' || t === 'uint64' || t === 'int') return { type: 'integer', format: 'int64' };
  if (typeof t === 'string' && /^u?int/.test(t)) return { type: 'integer', format: 'int32' };
  if (t.list) return { type: 'array', items: schemaOfType(t.list) };
  if (t.map) return { type: 'object', additionalProperties: schemaOfType(t.map) };
  if (t.ref && scalars[t.ref]) return { ...scalars[t.ref] };
  if (t.ref && facts.types[t.ref]) return refer(t.ref);
  throw new Error(`type ${JSON.stringify(t)} is not described in tools/kubernetes-api.json`);
}

function propertiesOf(type, inline) {
  const out = {};
  const definition = facts.types[type];
  for (const [name, field] of Object.entries(definition.fields ?? {})) {
    if (name === '$inline') {
      for (const part of field) Object.assign(out, propertiesOf(part.ref, part.proto ?? inline));
      continue;
    }
    const schema = schemaOfType(field.type);
    if (field.format && !schema.format) schema.format = field.format;
    if (field.enum) schema.enum = field.enum;
    const value = field.default ?? defaults[type]?.[name];
    if (value !== undefined) schema.default = value;
    if (field.listType) schema['x-kubernetes-list-type'] = field.listType;
    if (field.listMapKeys) schema['x-kubernetes-list-map-keys'] = field.listMapKeys;
    if (field.mapType) schema['x-kubernetes-map-type'] = field.mapType;
    if (field.patchStrategy) schema['x-kubernetes-patch-strategy'] = field.patchStrategy;
    if (field.patchMergeKey) schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
    if (field.intOrString) schema['x-kubernetes-int-or-string'] = true;
    if (field.preserveUnknown) schema['x-kubernetes-preserve-unknown-fields'] = true;
    if (field.embedded) schema['x-kubernetes-embedded-resource'] = true;
    if (field.proto !== undefined) schema['x-orlop-proto'] = field.proto;
    if (inline !== undefined) schema['x-orlop-inline'] = inline;
    if (field.wire) schema['x-orlop-wire'] = field.wire;
    if (!field.omitempty && !definition.required?.includes(name)) schema['x-orlop-keep-empty'] = true;
    out[name] = schema;
  }
  return out;
}

function requiredOf(type) {
  const definition = facts.types[type];
  const inlined = (definition.fields?.$inline ?? []).flatMap((part) => requiredOf(part.ref));
  return [...new Set([...(definition.required ?? []), ...inlined])];
}

const kinds = {};
for (const gvk of served.kinds) {
  if (!facts.kinds[gvk]) throw new Error(`tools/served-kinds.json: ${gvk} is not in tools/kubernetes-api.json`);
  kinds[gvk] = facts.kinds[gvk];
  refer(facts.kinds[gvk]);
}
for (const type of served.types) refer(type);

while (queue.length) {
  const type = queue.shift();
  const definition = facts.types[type];
  const schema = { type: 'object', properties: propertiesOf(type) };
  const required = requiredOf(type);
  if (required.length) schema.required = required;
  if (definition.mapType) schema['x-kubernetes-map-type'] = definition.mapType;
  wanted.set(type, schema);
}

const lines = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `"${k}":${JSON.stringify(v)}`);
const table = lines.join(',\n');
if (/[`\\]|\$\{/.test(table)) throw new Error('a schema holds text that a raw template cannot');
put(
  'runtime/kube/generated/schemas.ts',
  `// Generated by tools/generate-kube-schemas.mjs from Kubernetes ${facts.kubernetes}'s published types. Do not edit.

import type { StructuralSchema } from '../schema';

/** \`apiVersion/Kind\` → the name of its type. */
export const kindTypes: Record<string, string> = ${JSON.stringify(kinds, null, 2)};

/** Every named type, as \`$ref\` names it. Kept as JSON text, which loads three times as fast as a literal. */
export const definitions: Record<string, StructuralSchema> = JSON.parse(\`{
${table}
}\`);
`,
);
console.log(`runtime/kube/generated/schemas.ts: ${wanted.size} types`);
