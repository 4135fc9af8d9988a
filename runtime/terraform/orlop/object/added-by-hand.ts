import type { HttpApiClient } from '../../../client/http-client';
import type { FieldSet } from '../../../kube/apply/field-set';
import { decodeManagers } from '../../../kube/apply/managers';
import { fieldElement, itemElement, nodeAt } from '../../../kube/apply/path-element';
import { kindFor } from '../../../kube/kinds';
import type { AnyObject, KubeObject } from '../../../kube/object';
import type { Resource } from '../../../kube/resource';
import { compile, type SchemaNode } from '../../../kube/schema-engine/compile';
import { isObject } from '../../../kube/schema-engine/walk';
import { isStatusError } from '../../../kube/status-error';
import { fieldManager } from './field-manager';

type Json = unknown;
type Path = ReadonlyArray<string | number>;

/** An item of a list with keys that the manifest has too, but without this item. */
export interface AddedItem {
  /** Where it stands in the live object. */
  path: Path;
  /** As managed fields name it: `f:spec`, `k:{"name":"DEBUG"}`. */
  elements: readonly string[];
  keys: readonly string[];
  item: Record<string, Json>;
}

/**
 * What a person added with kubectl to the lists that a manifest writes: an environment variable of `kubectl set env`, a
 * port, a volume. By server-side apply's rules it is kubectl's and would stay for ever; for whoever declares the list it
 * is drift. What a controller, a webhook or another applier added is left alone.
 */
export function itemsAddedByHand(manifest: KubeObject, live: KubeObject): AddedItem[] {
  const kind = kindFor(manifest.apiVersion, manifest.kind);
  const managers = decodeManagers(live.metadata.managedFields);
  if (!kind || !managers) return [];
  const byHand = ({ manager, operation }: { manager: string; operation: string }) =>
    operation === 'Update' && manager.startsWith('kubectl');
  const fields = (hand: boolean) => managers.filter((each) => byHand(each) === hand).map((each) => each.fields);
  const found: AddedItem[] = [];
  const visit = (written: Json, there: Json, node: SchemaNode | undefined, path: Path, elements: readonly string[]) => {
    if (Array.isArray(written) && Array.isArray(there) && node?.kind === 'list' && node.listType === 'map') {
      there.forEach((item: Json, index) => {
        const element = itemElement(node, item);
        const at = [...elements, element];
        const twin = written.find((each) => itemElement(node, each) === element);
        if (twin !== undefined) visit(twin, item, node.items, [...path, index], at);
        else if (isObject(item) && owned(fields(true), at) && !owned(fields(false), at)) {
          found.push({ path: [...path, index], elements: at, keys: node.keys, item });
        }
      });
    } else if (isObject(written) && isObject(there)) {
      for (const [key, value] of Object.entries(written)) {
        const element = fieldElement(key);
        visit(value, there[key], nodeAt(node, element), [...path, key], [...elements, element]);
      }
    }
  };
  visit(manifest, live, compile(kind.schema), [], []);
  return found;
}

function owned(sets: readonly FieldSet[], elements: readonly string[]): boolean {
  return sets.some((set) => {
    let at: FieldSet | undefined = set;
    for (const element of elements) at = at?.[element];
    return at !== undefined;
  });
}

/** Whether a manifest has something at a place that managed fields name. */
function holds(manifest: AnyObject, elements: readonly string[]): boolean {
  const kind = kindFor(manifest.apiVersion, manifest.kind);
  let node: SchemaNode | undefined = kind && compile(kind.schema);
  let at: Json = manifest;
  for (const element of elements) {
    const list = node?.kind === 'list' ? node : undefined;
    if (list && Array.isArray(at)) at = at.find((item) => itemElement(list, item) === element);
    else at = isObject(at) ? at[element.slice(2)] : undefined;
    node = nodeAt(node, element);
  }
  return at !== undefined;
}

/** Takes out what was added by hand, as far as the plan has shown it: `shown` is the manifest as it was last read. */
export async function removeItemsAddedByHand(
  client: HttpApiClient,
  resource: Resource,
  key: { namespace?: string; name: string },
  manifest: AnyObject,
  shown: AnyObject,
): Promise<void> {
  const live = await client.get<AnyObject>(resource, key).catch((error: unknown) => {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  });
  const items = live ? itemsAddedByHand(manifest, live).filter(({ elements }) => holds(shown, elements)) : [];
  if (items.length === 0) return;
  // From the back, so that each index still holds; an item that has moved meanwhile fails its test, and nothing is changed.
  const body = items.reverse().flatMap(({ path, keys, item }) => {
    const pointer = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    const tests = keys.flatMap((each) =>
      item[each] === undefined ? [] : [{ op: 'test', path: `${pointer}/${each}`, value: item[each] }],
    );
    return [...tests, { op: 'remove', path: pointer }];
  });
  await client.patch(resource, key, { type: 'json', body }, { fieldManager });
}
