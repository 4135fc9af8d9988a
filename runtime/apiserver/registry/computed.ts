import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import type { ComputedResource } from './computed-resource';
import type { Target } from './context';
import type { ListPage } from './list';
import { Selection, type SelectionQuery } from './selection';
import { objectKey } from './store-key';
import { encodeObject, StoredObject } from './stored-object';

/** A list of computed objects: always whole, of no version. @throws StatusError 400 for a selector */
export async function listComputed(source: ComputedResource, kind: Kind, query: SelectionQuery): Promise<ListPage> {
  const selection = new Selection(kind, query);
  const objects = (await source.list(query.namespace)).map((object) => entryOf(kind, object));
  const items = objects.filter((object) => selection.matches(object)).sort((a, b) => (a.key < b.key ? -1 : 1));
  return { items, resourceVersion: 0 };
}

export async function getComputed(source: ComputedResource, target: Target): Promise<StoredObject | undefined> {
  const [object] = await source.list(target.namespace, target.name);
  return object && entryOf(target.kind, object);
}

function entryOf({ resource }: Kind, object: AnyObject): StoredObject {
  const { namespace, name = '' } = object.metadata;
  return new StoredObject(objectKey(resource, namespace, name), 0, encodeObject(object));
}
