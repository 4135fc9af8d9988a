import { invalid } from '../../field-errors';
import type { FieldError } from '../../kind';
import { namespaceNames } from '../../well-known';

/**
 * An event stands beside what it is about; one about an object of the cluster, in `default`. One that has an `eventTime`
 * may stand elsewhere, or about an object of the cluster in `kube-system`.
 */
export function checkEventNamespace(namespace = '', about = '', eventTime?: string): FieldError[] {
  const forCluster: string[] = eventTime ? [namespaceNames.default, namespaceNames.system] : [namespaceNames.default];
  const fits = about ? Boolean(eventTime) || about === namespace : forCluster.includes(namespace);
  return fits ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}
