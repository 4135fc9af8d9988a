import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import type { RegistryContext, WriteRequest } from './context';
import type { ObjectPath } from './pipeline';

/** Records in `metadata.managedFields` which fields this write set, in place. */
export function recordManager(
  _context: RegistryContext,
  _kind: Kind,
  _path: ObjectPath,
  _object: AnyObject,
  _old: AnyObject | undefined,
  _request: WriteRequest,
): void {}
