import { trackUpdate } from '../../kube/apply';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { rfc3339 } from '../../util/clock';
import type { ObjectPath, RegistryContext, WriteRequest } from './context';
import { dropEmpty } from './stored-object';
import { otherVersions } from './versions';

/** Records who creates an object as the owner of what he asks for, and not of what the server adds. In place. */
export function recordCreator(
  context: Pick<RegistryContext, 'clock' | 'catalog'>,
  kind: Kind,
  object: AnyObject,
  request: WriteRequest,
): void {
  dropEmpty(object);
  const { status, ...rest } = object;
  const asked: AnyObject = status === undefined || kind.subresources.status ? rest : object;
  recordManager(context, kind, undefined, asked, undefined, request);
}

/** Records in `metadata.managedFields` which fields this write, no apply, changed. In place. */
export function recordManager(
  { clock, catalog }: Pick<RegistryContext, 'clock' | 'catalog'>,
  kind: Kind,
  path: ObjectPath,
  object: AnyObject,
  old: AnyObject | undefined,
  { fieldManager }: WriteRequest,
): void {
  const entries = trackUpdate({
    schema: kind.schema,
    live: old,
    updated: object,
    manager: fieldManager,
    versions: otherVersions(catalog, kind),
    now: rfc3339(clock.now()),
    ...(path ? { subresource: path } : {}),
  });
  if (entries) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}
