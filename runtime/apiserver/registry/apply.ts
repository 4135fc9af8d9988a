import { StatusError } from '../../kube/status-error';
import type { RegistryContext, Target, WriteRequest } from './context';
import type { Body } from './create';
import type { ObjectPath } from './pipeline';
import type { StoredObject } from './stored-object';

/** Server-side apply. */
export async function applyConfiguration(
  _context: RegistryContext,
  _target: Target,
  _path: ObjectPath,
  _body: Body,
  _request: WriteRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  throw new StatusError('UnsupportedMediaType', 'apply patches are not served yet');
}
