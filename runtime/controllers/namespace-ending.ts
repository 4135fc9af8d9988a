import { isStatusError } from '../kube/status-error';

/** Whether a write was refused because its namespace is on its way out: it takes no new objects, and its end removes the rest. */
export function isNamespaceEnding(error: unknown): boolean {
  return isStatusError(error, 'Forbidden') && error.message.includes('being terminated');
}
