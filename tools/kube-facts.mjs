// What the generators of runtime/kube/generated read: the published facts about Kubernetes' API types, and which of
// them are served.
import { readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, root), 'utf8'));

export const facts = read('tools/kubernetes-api.json');
/** Type → its fields that are pointers in Go: an empty value of theirs was meant, where others' would mean nothing. */
export const pointers = read('tools/kubernetes-pointers.json');
const served = read('tools/served-kinds.json');

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

const anyObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const anything = { 'x-kubernetes-preserve-unknown-fields': true };

/** Types that stand for one value: written where they are used, never referred to. */
export const scalars = {
  [`${meta}.Time`]: { ts: 'string', schema: { type: 'string', format: 'date-time' } },
  [`${meta}.MicroTime`]: { ts: 'string', schema: { type: 'string', format: 'micro-time' } },
  [`${meta}.FieldsV1`]: { ts: 'Record<string, unknown>', schema: anyObject },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { ts: 'Record<string, unknown>', schema: anyObject },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    ts: 'number | string',
    schema: { 'x-kubernetes-int-or-string': true },
  },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { ts: 'string | number', schema: { 'x-orlop-quantity': true } },
  // In protobuf a number of nanoseconds.
  [`${meta}.Duration`]: { ts: 'string', schema: { type: 'string', 'x-orlop-proto-form': 'duration' } },
  // A schema inside a custom resource definition: the forms that JSON Schema allows for one keyword.
  [`${extensions}.JSON`]: { ts: 'unknown', schema: anything },
  [`${extensions}.JSONSchemaPropsOrBool`]: {
    ts: 'JSONSchemaProps | boolean',
    schema: { ...anything, 'x-orlop-proto-form': 'schemaOrBool' },
  },
  [`${extensions}.JSONSchemaPropsOrArray`]: {
    ts: 'JSONSchemaProps | Array<JSONSchemaProps>',
    schema: { ...anything, 'x-orlop-proto-form': 'schemaOrArray' },
  },
  [`${extensions}.JSONSchemaPropsOrStringArray`]: {
    ts: 'JSONSchemaProps | Array<string>',
    schema: { ...anything, 'x-orlop-proto-form': 'schemaOrStrings' },
  },
};

/** `io.k8s.api.apps.v1.Deployment` → `io.k8s.api.apps.v1`. */
export function groupOf(type) {
  return type.slice(0, type.lastIndexOf('.'));
}

/** `io.k8s.api.apps.v1.Deployment` → `Deployment`. */
export function shortName(type) {
  return type.slice(type.lastIndexOf('.') + 1);
}

/** The generated file of a group's types: `io.k8s.api.apps.v1` → `apps-v1`. */
export function fileOf(group) {
  return group.split('.').slice(-2).join('-');
}

/** The types that a type's fields name. */
function referencesOf(type) {
  const out = [];
  const visit = (value) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if (typeof value.ref === 'string') out.push(value.ref);
      Object.values(value).forEach(visit);
    }
  };
  visit(facts.types[type].fields ?? {});
  return out;
}

/** Kinds of the served groups: `apiVersion/Kind` → type. */
export const kinds = {};
for (const group of served.groups) {
  const own = Object.keys(facts.kinds).filter((gvk) => gvk.slice(0, gvk.lastIndexOf('/')) === group);
  if (own.length === 0) throw new Error(`tools/served-kinds.json: ${group} is not in tools/kubernetes-api.json`);
  for (const gvk of own) kinds[gvk] = facts.kinds[gvk];
}

/** Every type that is generated, each once: the kinds', and what they refer to. */
export const types = (() => {
  const found = new Set();
  const queue = [...Object.values(kinds), ...served.types];
  for (let type = queue.shift(); type !== undefined; type = queue.shift()) {
    if (found.has(type) || scalars[type]) continue;
    if (!facts.types[type]) throw new Error(`type ${type} is not described in tools/kubernetes-api.json`);
    found.add(type);
    queue.push(...referencesOf(type));
  }
  return [...found].sort();
})();

/** The names under which types are exported together: the plain one for the first, `EventsV1Event` for the others. */
export const exportedNames = (() => {
  const order = [...new Set(Object.values(kinds).map(groupOf))];
  const rank = (type) => {
    if (served.firstOfAName[shortName(type)] === type) return -1;
    const at = order.indexOf(groupOf(type));
    return at < 0 ? order.length : at;
  };
  const names = new Map();
  const taken = new Set();
  for (const type of [...types].sort((a, b) => rank(a) - rank(b))) {
    const short = shortName(type);
    names.set(type, taken.has(short) ? qualifiedName(type) : short);
    taken.add(short);
  }
  return names;
})();

export function qualifiedName(type) {
  const pascal = (word) => word[0].toUpperCase() + word.slice(1);
  return groupOf(type).split('.').slice(-2).map(pascal).join('') + shortName(type);
}

/** The groups that have types, sorted, each with its types. */
export const groups = (() => {
  const out = new Map();
  for (const type of types) {
    const group = groupOf(type);
    if (!out.has(group)) out.set(group, []);
    out.get(group).push(type);
  }
  return [...out].sort(([a], [b]) => (a < b ? -1 : 1));
})();
