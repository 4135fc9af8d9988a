import { kindFor } from '../../../kube/kinds';
import type { KubeObject } from '../../../kube/object';
import { tryParseQuantity } from '../../../kube/quantity';
import { compile, type SchemaNode } from '../../../kube/schema-engine/compile';
import { itemsAddedByHand } from './added-by-hand';

type Json = unknown;
type JsonObject = Record<string, Json>;

/**
 * The manifest as the cluster has it now: every field that the manifest names, with its live value, and what a person
 * added to its lists; what controllers and others added is theirs. A value that means the same as the live one keeps the
 * form it was written in.
 */
export function liveManifest(manifest: KubeObject, live: KubeObject): KubeObject {
  const kind = kindFor(manifest.apiVersion, manifest.kind);
  const { stringData, ...written } = manifest as unknown as JsonObject;
  const added = new Set<Json>(itemsAddedByHand(manifest, live).map(({ item }) => item));
  const result = merged(written, live, kind && compile(kind.schema), added) as JsonObject;
  if (stringData) result.stringData = liveStringData(stringData as JsonObject, live as unknown as JsonObject);
  return result as unknown as KubeObject;
}

function merged(written: Json, live: Json, node: SchemaNode | undefined, added: ReadonlySet<Json>): Json {
  if (Array.isArray(written)) return mergedList(written, Array.isArray(live) ? live : [], node, added);
  if (isObject(written)) {
    const there = isObject(live) ? live : {};
    const entries = Object.entries(written).flatMap(([key, value]) => {
      const child = childNode(node, key);
      // What is empty is left out by the server.
      if (!(key in there)) return isEmpty(value) ? [[key, value] as const] : [];
      return [[key, merged(value, there[key], child, added)] as const];
    });
    return Object.fromEntries(entries);
  }
  return sameValue(written, live, node) ? written : live;
}

function childNode(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  if (node?.kind !== 'object') return undefined;
  return node.fields.get(key)?.node ?? node.rest;
}

function mergedList(written: Json[], live: Json[], node: SchemaNode | undefined, added: ReadonlySet<Json>): Json[] {
  const list = node?.kind === 'list' ? node : undefined;
  const items = list?.items;
  const keys = list?.listType === 'map' ? list.keys : undefined;
  if (keys) {
    const ours = written.flatMap((item) => {
      const twin = live.find((each) => keys.every((key) => sameKey(item, each, key)));
      return twin === undefined ? [] : [merged(item, twin, items, added)];
    });
    return [...ours, ...live.filter((item) => added.has(item))];
  }
  if (list?.listType === 'set') return written.filter((item) => live.some((each) => sameValue(item, each, items)));
  // One value: as many items as the cluster has, those that are equal in the form they were written in.
  return live.map((item, index) => (index < written.length ? merged(written[index], item, items, added) : item));
}

/** Whether two list items have the same key; a key that was left out has its default. */
function sameKey(a: Json, b: Json, key: string): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  return a[key] === b[key] || (a[key] === undefined && key === 'protocol' && b[key] === 'TCP');
}

function sameValue(written: Json, live: Json, node: SchemaNode | undefined): boolean {
  if (written === live) return true;
  const quantity = node?.kind === 'scalar' && node.scalar === 'quantity';
  if (quantity) {
    const [a, b] = [tryParseQuantity(written), tryParseQuantity(live)];
    return a !== undefined && b !== undefined && a.nano === b.nano;
  }
  if (
    typeof written === 'string' &&
    typeof live === 'string' &&
    node?.kind === 'scalar' &&
    node.schema.format === 'date-time'
  ) {
    return Date.parse(written) === Date.parse(live);
  }
  // Terraform's numbers and booleans may come as text where a map of text holds them.
  return (
    typeof live === 'string' &&
    (typeof written === 'number' || typeof written === 'boolean') &&
    String(written) === live
  );
}

function liveStringData(written: JsonObject, live: JsonObject): JsonObject {
  const data = isObject(live.data) ? live.data : {};
  const decoded = (key: string) => Buffer.from(String(data[key]), 'base64').toString('utf8');
  return Object.fromEntries(Object.keys(written).flatMap((key) => (key in data ? [[key, decoded(key)]] : [])));
}

function isEmpty(value: Json): boolean {
  if (value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
