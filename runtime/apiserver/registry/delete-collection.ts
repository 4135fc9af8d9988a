import type { DeleteOptions } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import { isStatusError } from '../../kube/status-error';
import type { RegistryContext, WriteRequest } from './context';
import { deleteObject } from './delete';
import { type ListOptions, type ListPage, listObjects } from './list';

/** Deletes what a list selects, each as a delete of its own; what is gone meanwhile counts as deleted. */
export async function deleteCollection(
  context: RegistryContext,
  kind: Kind,
  selection: ListOptions,
  options: Partial<DeleteOptions>,
  request: WriteRequest,
): Promise<ListPage> {
  const page = await listObjects(context, kind, selection);
  const items = await Promise.all(
    page.items.map(async (item) => {
      const { name = '', namespace } = item.object.metadata;
      try {
        return (await deleteObject(context, { kind, namespace, name }, options, request)).object;
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return item;
        throw error;
      }
    }),
  );
  return { ...page, items };
}
