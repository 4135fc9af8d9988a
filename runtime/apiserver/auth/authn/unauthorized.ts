import { StatusError } from '../../../kube/status-error';

/** 401, which says no more than that. */
export function unauthorized(): StatusError {
  return new StatusError('Unauthorized', 'Unauthorized');
}
